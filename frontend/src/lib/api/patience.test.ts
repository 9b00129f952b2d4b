import { describe, expect, it } from 'vitest';
import { TimedOut } from './deadline';
import { patiently, type Waiting, waits } from './patience';

type Step = number | 'lost' | 'silent';

/** A shop that answers with these, one after the other, and notes how long it was left alone. */
function shopThat(steps: readonly Step[], headers: Record<string, string> = {}) {
  const pauses: number[] = [];
  const said: (Waiting['why'] | undefined)[] = [];
  const bodies: string[] = [];
  const left = [...steps];
  const around = {
    send: async (request: Request) => {
      bodies.push(await request.text());
      const step = left.shift() ?? 200;
      if (step === 'silent') throw new TimedOut('no answer');
      if (step === 'lost') throw new TypeError('fetch failed');
      return new Response(null, { status: step, headers: step === 200 ? {} : headers });
    },
    pause: (seconds: number) => {
      pauses.push(seconds);
      said.push([...waits.get().values()][0]?.why);
      return Promise.resolve();
    },
    now: () => 0,
    chance: () => 0.5,
  };
  return { around, pauses, said, bodies };
}

const get = () => new Request('http://shop/api/products');
const post = (headers: Record<string, string> = {}) => new Request('http://shop/api/orders', { method: 'POST', body: '{"a":1}', headers });

describe('patience', () => {
  it('waits as long as it is told, and says why', async () => {
    const shop = shopThat([503, 429], { 'retry-after': '2' });
    expect((await patiently(get(), shop.around)).status).toBe(200);
    expect(shop.pauses).toEqual([2, 2]);
    expect(shop.said).toEqual(['away', 'busy']);
    expect(waits.get().size).toBe(0);
  });

  it('waits longer each time where it is told nothing', async () => {
    const shop = shopThat(['lost', 'lost', 503]);
    await patiently(get(), shop.around);
    expect(shop.pauses).toEqual([0.5, 1, 2]);
    expect(shop.said).toEqual(['unreachable', 'unreachable', 'away']);
  });

  it('ends', async () => {
    const away = shopThat(Array<Step>(10).fill(503));
    expect((await patiently(get(), away.around)).status).toBe(503);
    expect(away.pauses).toHaveLength(4);
    const gone = shopThat(Array<Step>(10).fill('lost'));
    await expect(patiently(get(), gone.around)).rejects.toThrow('fetch failed');
    expect(waits.get().size).toBe(0);
  });

  it('asks a silent shop once more, and no more often', async () => {
    const slow = shopThat(['silent', 200]);
    expect((await patiently(get(), slow.around)).status).toBe(200);
    const dead = shopThat(Array<Step>(10).fill('silent'));
    await expect(patiently(get(), dead.around)).rejects.toThrow(TimedOut);
    expect(dead.bodies).toHaveLength(2);
    const once = shopThat(['silent', 200]);
    await expect(patiently(post(), once.around)).rejects.toThrow(TimedOut);
    expect(once.bodies).toHaveLength(1);
  });

  it('does not sit out a quarter of an hour', async () => {
    const shop = shopThat([429], { 'retry-after': '900' });
    expect((await patiently(post(), shop.around)).status).toBe(429);
    expect(shop.pauses).toEqual([]);
  });

  it('sends a lost request again only if that cannot do it twice', async () => {
    await expect(patiently(post(), shopThat(['lost']).around)).rejects.toThrow('fetch failed');
    const keyed = shopThat(['lost', 409, 200], { 'retry-after': '1' });
    expect((await patiently(post({ 'idempotency-key': 'k' }), keyed.around)).status).toBe(200);
    expect(keyed.bodies).toEqual(Array(3).fill('{"a":1}'));
  });

  it.each([400, 401, 404, 409, 500])('takes %i for an answer', async (status) => {
    const shop = shopThat([status], { 'retry-after': '1' });
    expect((await patiently(post(), shop.around)).status).toBe(status);
    expect(shop.pauses).toEqual([]);
  });

  it('stops when nobody waits any more', async () => {
    const shop = shopThat([503]);
    const around = { ...shop.around, pause: () => Promise.reject(new Error('aborted')) };
    await expect(patiently(get(), around)).rejects.toThrow('aborted');
    expect(waits.get().size).toBe(0);
  });
});
