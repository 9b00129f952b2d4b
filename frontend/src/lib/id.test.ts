import { expect, it } from 'vitest';
import { parseId } from './id';

it.each([
  ['12', 12],
  ['0', undefined],
  ['-1', undefined],
  ['1.5', undefined],
  ['x', undefined],
  ['2147483647', 2_147_483_647],
  ['2147483648', undefined],
  ['012', undefined],
  ['', undefined],
  [null, undefined],
])('parses %j as %s', (text, expected) => expect(parseId(text)).toBe(expected));
