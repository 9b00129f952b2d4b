import { expect, it } from 'vitest';
import { categoryHint, spelledAs } from './category';

const there = ['Kitchen', 'Café', 'Outdoors'];

it.each([
  ['kitchen', 'Kitchen'],
  [' KITCHEN ', 'Kitchen'],
  ['cafe\u0301', 'Café'],
  ['Cafe', 'Cafe'],
  [' Garden ', 'Garden'],
  ['', ''],
])('%j is kept as %j', (typed, kept) => expect(spelledAs(typed, there)).toBe(kept));

it('says where a product will stand', () => {
  expect(categoryHint('kitchen', there)).toBe('There is “Kitchen” already: it goes there.');
  expect(categoryHint('Kitchen', there)).toBe('One there is.');
  expect(categoryHint('Garden', there)).toMatch(/^A new one/);
  expect(categoryHint(' ', there)).toBe('One there is, or a new one.');
});
