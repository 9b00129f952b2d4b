import { expect, it } from 'vitest';
import { categoryHint, matchCategory } from './category';

const there = ['Kitchen', 'Café', 'Outdoors'];

it.each([
  ['kitchen', 'Kitchen'],
  [' KITCHEN ', 'Kitchen'],
  ['cafe\u0301', 'Café'],
  ['Cafe', 'Cafe'],
  [' Garden ', 'Garden'],
  ['', ''],
])('%j is saved as %j', (typed, kept) => expect(matchCategory(typed, there)).toBe(kept));

it('explains which category will be used', () => {
  expect(categoryHint('kitchen', there)).toBe('Will be saved under the existing category “Kitchen”.');
  expect(categoryHint('Kitchen', there)).toBe('Existing category.');
  expect(categoryHint('Garden', there)).toBe('New category.');
  expect(categoryHint(' ', there)).toBe('Choose a category or type a new one.');
});
