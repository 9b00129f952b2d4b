import { expect, it } from 'vitest';
import { Problem } from '@/lib/api/problem';
import { createOrFind } from './createOrFind';

const lost = new Problem(0, { code: 'timed_out' }, undefined, true);
const taken = new Problem(409, { code: 'discount_code_taken' });

it('returns what was added, and rethrows a known outcome', async () => {
  expect(await createOrFind(() => Promise.resolve(1), () => Promise.resolve(2))).toBe(1);
  await expect(createOrFind(() => Promise.reject(taken), () => Promise.resolve(2))).rejects.toBe(taken);
});

it('after a lost response returns what the list has', async () => {
  expect(await createOrFind(() => Promise.reject(lost), () => Promise.resolve(2))).toBe(2);
  await expect(createOrFind(() => Promise.reject(lost), () => Promise.resolve(undefined))).rejects.toBe(lost);
  await expect(createOrFind(() => Promise.reject(lost), () => Promise.reject(taken))).rejects.toBe(lost);
});
