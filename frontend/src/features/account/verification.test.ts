import { expect, it } from 'vitest';
import { Problem } from '@/lib/api/problem';
import { isInvalidLink } from './verification';

it.each([
  [400, true],
  [401, true],
  [404, true],
  [410, true],
  [429, false],
  [500, false],
  [503, false],
  [0, false],
])('after the status %d the link is invalid: %s', (status, invalid) => {
  expect(isInvalidLink(new Problem(status, { code: 'x' }))).toBe(invalid);
});

it('a bug or a lost connection is not the link’s fault', () => {
  expect(isInvalidLink(new TypeError('Failed to fetch'))).toBe(false);
});
