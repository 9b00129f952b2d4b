import { expect, it } from 'vitest';
import { categoryHint, matchCategory } from './category';

const existing = ['Kitchen', 'Café', 'Outdoors'];

it.each([
  ['kitchen', 'Kitchen'],
  [' KITCHEN ', 'Kitchen'],
  ['cafe\u0301', 'Café'],
  ['Cafe', 'Cafe'],
  [' Garden ', 'Garden'],
  ['', ''],
])('%j is saved as %j', (typed, expected) => expect(matchCategory(typed, existing)).toBe(expected));

it('explains which category will be used', () => {
  expect(categoryHint('kitchen', existing)).toBe('Will be saved under the existing category “Kitchen”.');
  expect(categoryHint('Kitchen', existing)).toBe('Existing category.');
  expect(categoryHint('Garden', existing)).toBe('New category.');
  expect(categoryHint(' ', existing)).toBe('Choose a category or type a new one.');
});
