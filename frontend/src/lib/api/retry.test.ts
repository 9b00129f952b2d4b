import { describe, expect, it } from 'vitest';
import { TimedOut } from './deadline';
import { pendingRetries, type PendingRetry, sendWithRetry } from './retry';

type Step = number | 'lost' | 'timeout';

/** An API that responds with `steps` in order, and records the pauses between the attempts. */
function fakeApi(steps: readonly Step[], headers: Record<string, string> = {}) {
  const pauses: number[] = [];
  const reasons: (PendingRetry['reason'] | undefined)[] = [];
  const bodies: string[] = [];
  const left = [...steps];
  const env = {
    send: async (request: Request) => {
      bodies.push(await request.text());
      const step = left.shift() ?? 200;
      if (step === 'timeout') throw new TimedOut('no response');
      if (step === 'lost') throw new TypeError('fetch failed');
      return new Response(null, { status: step, headers: step === 200 ? {} : headers });
    },
    pause: (seconds: number) => {
      pauses.push(seconds);
      reasons.push([...pendingRetries.get().values()][0]?.reason);
      return Promise.resolve();
    },
    now: () => 0,
    random: () => 0.5,
  };
  return { env, pauses, reasons, bodies };
}

const get = () => new Request('http://shop/api/products');
const post = (headers: Record<string, string> = {}) => new Request('http://shop/api/orders', { method: 'POST', body: '{"a":1}', headers });

describe('sendWithRetry', () => {
  it('waits as long as Retry-After says, and reports the reason', async () => {
    const api = fakeApi([503, 429], { 'retry-after': '2' });
    expect((await sendWithRetry(get(), api.env)).status).toBe(200);
    expect(api.pauses).toEqual([2, 2]);
    expect(api.reasons).toEqual(['unavailable', 'busy']);
    expect(pendingRetries.get().size).toBe(0);
  });

  it('backs off without Retry-After', async () => {
    const api = fakeApi(['lost', 'lost', 503]);
    await sendWithRetry(get(), api.env);
    expect(api.pauses).toEqual([0.5, 1, 2]);
    expect(api.reasons).toEqual(['unreachable', 'unreachable', 'unavailable']);
  });

  it('gives up after five attempts', async () => {
    const unavailable = fakeApi(Array<Step>(10).fill(503));
    expect((await sendWithRetry(get(), unavailable.env)).status).toBe(503);
    expect(unavailable.pauses).toHaveLength(4);
    const lost = fakeApi(Array<Step>(10).fill('lost'));
    await expect(sendWithRetry(get(), lost.env)).rejects.toThrow('fetch failed');
    expect(pendingRetries.get().size).toBe(0);
  });

  it('retries a timeout only once', async () => {
    const slow = fakeApi(['timeout', 200]);
    expect((await sendWithRetry(get(), slow.env)).status).toBe(200);
    const silent = fakeApi(Array<Step>(10).fill('timeout'));
    await expect(sendWithRetry(get(), silent.env)).rejects.toThrow(TimedOut);
    expect(silent.bodies).toHaveLength(2);
    const once = fakeApi(['timeout', 200]);
    await expect(sendWithRetry(post(), once.env)).rejects.toThrow(TimedOut);
    expect(once.bodies).toHaveLength(1);
  });

  it('does not wait for a long Retry-After', async () => {
    const api = fakeApi([429], { 'retry-after': '900' });
    expect((await sendWithRetry(post(), api.env)).status).toBe(429);
    expect(api.pauses).toEqual([]);
  });

  it('repeats a request without a response only if that is safe', async () => {
    await expect(sendWithRetry(post(), fakeApi(['lost']).env)).rejects.toThrow('fetch failed');
    const keyed = fakeApi(['lost', 409, 200], { 'retry-after': '1' });
    expect((await sendWithRetry(post({ 'idempotency-key': 'k' }), keyed.env)).status).toBe(200);
    expect(keyed.bodies).toEqual(Array(3).fill('{"a":1}'));
  });

  it.each([400, 401, 404, 409, 500])('does not retry %i', async (status) => {
    const api = fakeApi([status], { 'retry-after': '1' });
    expect((await sendWithRetry(post(), api.env)).status).toBe(status);
    expect(api.pauses).toEqual([]);
  });

  it('stops when the request is aborted', async () => {
    const api = fakeApi([503]);
    const env = { ...api.env, pause: () => Promise.reject(new Error('aborted')) };
    await expect(sendWithRetry(get(), env)).rejects.toThrow('aborted');
    expect(pendingRetries.get().size).toBe(0);
  });
});
