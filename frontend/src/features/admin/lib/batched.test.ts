import { expect, it, vi } from 'vitest';
import { batched } from './batched';

const square = (keys: readonly number[]) => Promise.resolve(new Map(keys.filter((key) => key > 0).map((key) => [key, key * key])));

it('keys that are asked for at the same time are loaded at once, each once', async () => {
  const load = vi.fn(square);
  const find = batched(10, load);
  expect(await Promise.all([find(2), find(3), find(2), find(-1)])).toEqual([4, 9, 4, null]);
  expect(load.mock.calls).toEqual([[[2, 3, -1]]]);
  expect(await find(3)).toBe(9);
  expect(load.mock.calls[1]).toEqual([[3]]);
});

it('no request has more keys than the maximum', async () => {
  const load = vi.fn(square);
  const find = batched(2, load);
  expect(await Promise.all([1, 2, 3].map(find))).toEqual([1, 4, 9]);
  expect(load.mock.calls).toEqual([[[1, 2]], [[3]]]);
});

it('a failure is that of all who asked, and the next one asks again', async () => {
  let fails = true;
  const find = batched<number, number>(2, (keys) => (fails ? Promise.reject(new Error('away')) : square(keys)));
  expect((await Promise.allSettled([find(1), find(2)])).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  fails = false;
  expect(await find(1)).toBe(1);
});
