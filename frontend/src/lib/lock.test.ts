import { afterEach, describe, expect, it, vi } from 'vitest';
import { withLock } from './lock';

afterEach(() => void vi.unstubAllGlobals());

/** The Web Locks API for one tab. */
function fakeLocks() {
  const held = new Map<string, Promise<unknown>>();
  const request = async (name: string, ...rest: [Action] | [{ ifAvailable: true }, Action]): Promise<unknown> => {
    const [options, action] = rest.length === 1 ? [undefined, rest[0]] : rest;
    const before = held.get(name);
    if (before && options?.ifAvailable) return action(null);
    const run = Promise.resolve(before).then(() => action({ name }));
    held.set(name, run);
    try {
      return await run;
    } finally {
      if (held.get(name) === run) held.delete(name);
    }
  };
  return { request };
}
type Action = (lock: { name: string } | null) => unknown;

describe.each([
  ['with the Web Locks API', fakeLocks],
  ['without it', () => undefined],
])('%s', (_, makeLocks) => {
  it('runs one action at a time, and reports whether it waited', async () => {
    vi.stubGlobal('navigator', { locks: makeLocks() });
    const order: string[] = [];
    let finish: () => void = () => undefined;
    const first = withLock('a purchase', async (waited) => {
      order.push(`first, waited: ${String(waited)}`);
      await new Promise<void>((resolve) => (finish = resolve));
      order.push('first ends');
      return 1;
    });
    await vi.waitFor(() => expect(order).toHaveLength(1));
    const second = withLock('a purchase', (waited) => {
      order.push(`second, waited: ${String(waited)}`);
      return Promise.resolve(2);
    });
    const other = withLock('another', (waited) => Promise.resolve(waited));
    expect(await other).toBe(false);
    finish();
    expect(await Promise.all([first, second])).toEqual([1, 2]);
    expect(order).toEqual(['first, waited: false', 'first ends', 'second, waited: true']);
    expect(await withLock('a purchase', (waited) => Promise.resolve(waited))).toBe(false);
  });

  it('an action that fails does not block the next one', async () => {
    vi.stubGlobal('navigator', { locks: makeLocks() });
    await expect(withLock('a purchase', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withLock('a purchase', () => Promise.resolve(3))).toBe(3);
  });
});
