import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { isRead, READ_SECONDS, sendWithDeadline, TimedOut, WRITE_SECONDS } from './deadline';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A `fetch` that never responds. */
const neverResponds = (_: Request, signal: AbortSignal) =>
  new Promise<Response>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });

it.each([
  ['GET', READ_SECONDS],
  ['POST', WRITE_SECONDS],
  ['PUT', WRITE_SECONDS],
  ['DELETE', WRITE_SECONDS],
])('a %s times out after %i seconds', async (method, seconds) => {
  const outcome = vi.fn();
  void sendWithDeadline(new Request('http://shop/api/products', { method }), neverResponds).catch(outcome);
  await vi.advanceTimersByTimeAsync(seconds * 1000 - 1);
  expect(outcome).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(outcome).toHaveBeenCalledExactlyOnceWith(expect.any(TimedOut));
});

it.each([
  ['GET', '/api/orders', true],
  ['HEAD', '/api/orders', true],
  ['POST', '/api/orders/quote', true],
  ['POST', '/api/orders', false],
  ['PUT', '/api/orders/quote', false],
])('%s %s has no side effects: %s', (method, path, expected) => {
  expect(isRead({ method, url: `http://shop${path}` })).toBe(expected);
});

it('a response that stops in the middle times out', async () => {
  const outcome = vi.fn();
  const stopsHalfway = (_: Request, signal: AbortSignal) => {
    const body = new ReadableStream({
      start(stream) {
        stream.enqueue(new TextEncoder().encode('{"a":'));
        signal.addEventListener('abort', () => stream.error(signal.reason));
      },
    });
    return Promise.resolve(new Response(body));
  };
  void sendWithDeadline(new Request('http://shop/api/products'), stopsHalfway).catch(outcome);
  await vi.advanceTimersByTimeAsync(READ_SECONDS * 1000);
  expect(outcome).toHaveBeenCalledExactlyOnceWith(expect.any(TimedOut));
});

it('a response in time is returned, and the timer is cleared', async () => {
  const response = await sendWithDeadline(new Request('http://shop/api/products'), () => Promise.resolve(new Response('{"a":1}')));
  expect(await response.json()).toEqual({ a: 1 });
  expect(vi.getTimerCount()).toBe(0);
});

it('an abort by the caller is not a timeout', async () => {
  const leaving = new AbortController();
  const sent = sendWithDeadline(new Request('http://shop/api/products', { signal: leaving.signal }), neverResponds);
  leaving.abort(new DOMException('gone', 'AbortError'));
  await expect(sent).rejects.toMatchObject({ name: 'AbortError' });
});
