import { afterEach, describe, expect, it, vi } from 'vitest';
import { exclusively } from './exclusively';

afterEach(() => void vi.unstubAllGlobals());

/** The browser's locks, of one tab. */
function locks() {
  const held = new Map<string, Promise<unknown>>();
  const request = async (name: string, ...rest: [Given] | [{ ifAvailable: true }, Given]): Promise<unknown> => {
    const [options, action] = rest.length === 1 ? [undefined, rest[0]] : rest;
    const before = held.get(name);
    if (before && options?.ifAvailable) return action(null);
    const turn = Promise.resolve(before).then(() => action({ name }));
    held.set(name, turn);
    try {
      return await turn;
    } finally {
      if (held.get(name) === turn) held.delete(name);
    }
  };
  return { request };
}
type Given = (lock: { name: string } | null) => unknown;

describe.each([
  ['with the browser’s locks', locks],
  ['without them', () => undefined],
])('%s', (_, made) => {
  it('one comes after the other, and is told that it had to wait', async () => {
    vi.stubGlobal('navigator', { locks: made() });
    const order: string[] = [];
    let finish: () => void = () => undefined;
    const first = exclusively('a purchase', async (waited) => {
      order.push(`first, waited: ${String(waited)}`);
      await new Promise<void>((resolve) => (finish = resolve));
      order.push('first ends');
      return 1;
    });
    await vi.waitFor(() => expect(order).toHaveLength(1));
    const second = exclusively('a purchase', (waited) => {
      order.push(`second, waited: ${String(waited)}`);
      return Promise.resolve(2);
    });
    const other = exclusively('another', (waited) => Promise.resolve(waited));
    expect(await other).toBe(false);
    finish();
    expect(await Promise.all([first, second])).toEqual([1, 2]);
    expect(order).toEqual(['first, waited: false', 'first ends', 'second, waited: true']);
    expect(await exclusively('a purchase', (waited) => Promise.resolve(waited))).toBe(false);
  });

  it('one that fails keeps no other back', async () => {
    vi.stubGlobal('navigator', { locks: made() });
    await expect(exclusively('a purchase', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await exclusively('a purchase', () => Promise.resolve(3))).toBe(3);
  });
});
