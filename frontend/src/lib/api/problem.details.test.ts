import { describe, expect, it } from 'vitest';
import { formatWait, Problem, problemFromResponse, toProblem } from './problem';

const problemWith = (body: object) => problemFromResponse(new Response(null, { status: 409 }), { code: 'refused', message: 'No.', ...body });

describe('the details of a problem', () => {
  it.each([
    ['total', { total: 33.5 }, 33.5],
    ['total', { total: '33.5' }, undefined],
    ['productId', { productId: 7 }, 7],
    ['productId', { productId: '7' }, undefined],
    ['declineReason', { declineReason: 'insufficient_funds' }, 'insufficient_funds'],
    ['declineReason', { declineReason: 7 }, undefined],
    ['order', { order: { id: 5 } }, { id: 5 }],
    ['order', { order: { id: '5' } }, undefined],
    ['order', { order: null }, undefined],
    ['quote', { quote: { total: 5, items: [], shippingMethods: [], problems: [] } }, { total: 5, items: [], shippingMethods: [], problems: [] }],
    ['quote', { quote: { total: 5, items: [] } }, undefined],
  ] as const)('%s of %j is %j', (what, body, expected) => {
    expect(problemWith(body)[what]).toEqual(expected);
  });

  it('includes only complete shortages', () => {
    const whole = { productId: 1, requested: 3, available: 2 };
    const items = [whole, { productId: 1 }, { productId: 1, requested: 3 }, { ...whole, available: '2' }, 'x'];
    expect(problemWith({ items }).shortages).toEqual([whole]);
    expect(problemWith({ items: 'many' }).shortages).toEqual([]);
  });
});

it.each([
  [429, 'Too many requests. Please try again later.'],
  [499, 'The request was rejected.'],
  [500, 'Something went wrong on our side. Please try again later.'],
  [502, 'Something went wrong on our side. Please try again later.'],
  [404, 'The request was rejected.'],
])('%i without a problem body has a default message', (status, message) => {
  expect(problemFromResponse(new Response(null, { status }), { code: 7 })).toMatchObject({ status, code: 'unknown', message });
});

it('is a named error with a default message', () => {
  const problem = new Problem(500, {});
  expect([problem.name, problem.message, problem.code, problem.fields]).toEqual(['Problem', 'Something went wrong.', 'unknown', []]);
  expect(new Problem(500, { detail: 'More.' }).message).toBe('More.');
  expect(toProblem(new Error('bug'))).toMatchObject({ status: 0, message: 'Something went wrong on this page.' });
  expect(toProblem(new TypeError('fetch failed'))).toMatchObject({ status: 0, code: 'unreachable' });
});

it('formats waits in seconds up to a minute and a half', () => {
  expect([1, 1.2, 89, 90].map(formatWait)).toEqual(['a second', '2 seconds', '89 seconds', '2 minutes']);
});
