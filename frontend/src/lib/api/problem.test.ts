import { describe, expect, it } from 'vitest';
import { nextCursor } from './client';
import { TimedOut } from './deadline';
import { formatWait, noResponseProblem, parseRetryAfter, Problem, problemFromResponse, problemMessage, TIMED_OUT, toProblem, UNREACHABLE } from './problem';

const response = (status: number, headers: Record<string, string> = {}) => new Response(null, { status, headers });

describe('a problem', () => {
  it('contains the API’s problem details', () => {
    const body = {
      code: 'insufficient_stock',
      message: 'Some items are not available.',
      requestId: 'r-1',
      items: [{ productId: 1, requested: 3, available: 2 }, { productId: 'x' }, null],
    };
    const problem = problemFromResponse(response(409, { 'retry-after': '3' }), body);
    expect(problem).toMatchObject({ status: 409, code: 'insufficient_stock', message: body.message, requestId: 'r-1', retryAfter: 3 });
    expect(problem.shortages).toEqual([{ productId: 1, requested: 3, available: 2 }]);
    expect([problem.total, problem.order, problem.productId, problem.declineReason, problem.fields]).toEqual([undefined, undefined, undefined, undefined, []]);
  });

  it.each([undefined, '', '<html>Bad gateway</html>', null, 3, [], { message: 'no code' }])('is created from the body %j', (body) => {
    expect(problemFromResponse(response(502), body)).toMatchObject({ status: 502, code: 'unknown' });
  });

  it('is created from fetch errors', () => {
    expect(toProblem(new TypeError('fetch failed')).code).toBe(UNREACHABLE);
    expect(toProblem(new Error('bug')).code).toBe('unknown');
    const problem = new Problem(404, {});
    expect(toProblem(problem)).toBe(problem);
  });
});

describe('a request without a response', () => {
  it.each([
    [new TimedOut('late'), TIMED_OUT],
    [new TypeError('fetch failed'), UNREACHABLE],
  ])('has an unknown outcome if it was a write: %s', (error, code) => {
    const write = toProblem(noResponseProblem(error, true));
    expect(write).toMatchObject({ code, outcomeUnknown: true });
    expect(write.message).toContain('It may have gone through anyway');
    const read = toProblem(noResponseProblem(error, false));
    expect(read).toMatchObject({ code, outcomeUnknown: false });
    expect(read.message).not.toContain('It may have gone through');
  });

  it('includes gateway errors, but not the API’s own errors', () => {
    expect(problemFromResponse(response(504), 'Gateway Timeout', true)).toMatchObject({ code: TIMED_OUT, outcomeUnknown: true });
    expect(problemFromResponse(response(503), { message: 'Service Unavailable' }, true).outcomeUnknown).toBe(true);
    expect(problemFromResponse(response(503), { code: 'unavailable', message: 'A store is unavailable.' }, true).outcomeUnknown).toBe(false);
    expect(problemFromResponse(response(400), '', true).outcomeUnknown).toBe(false);
    expect(problemFromResponse(response(504), '', false).outcomeUnknown).toBe(false);
  });

  it('passes on an abort', () => {
    const abort = new DOMException('gone', 'AbortError');
    expect(noResponseProblem(abort, true)).toBe(abort);
  });
});

it('a problem message includes the wait', () => {
  expect(problemMessage(problemFromResponse(response(429, { 'retry-after': '840' }), ''))).toBe('Too many requests. Please try again later. Try again in 14 minutes.');
  expect(problemMessage(new Problem(404, { code: 'not_found', message: 'This order does not exist.' }))).toBe('This order does not exist.');
});

it.each([
  ['3', 3],
  ['0', 0],
  [null, undefined],
  ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
  ['-1', undefined],
])('Retry-After: %s', (header, seconds) => {
  expect(parseRetryAfter(header)).toBe(seconds);
});

it.each([
  [0, 'a second'],
  [30, '30 seconds'],
  [90, '2 minutes'],
  [840, '14 minutes'],
  [86_400, '24 hours'],
])('%i seconds are %s', (seconds, words) => {
  expect(formatWait(seconds)).toBe(words);
});

it.each([
  ['</api/products?limit=2&cursor=a%2Bb>; rel="next"', 'a+b'],
  ['</api/products?cursor=p>; rel="prev", </api/products?q=a,b&cursor=n>; rel="next"', 'n'],
  ['</api/products?cursor=p>; rel="prev"', undefined],
  [null, undefined],
  ['nonsense', undefined],
])('the next page in %s', (link, cursor) => {
  expect(nextCursor(link)).toBe(cursor);
});
