import { expect, it } from 'vitest';
import { formatRelativeTime } from './dates';
import { formatMoney, sumLines } from './money';
import { formatCount, initial, toSentence } from './text';

it.each([
  ['ada', 'A'],
  ['  élodie', 'É'],
  ['👩‍🔧 Rosie', '👩‍🔧'],
  ['', '?'],
])('the initial of %j is %j', (name, letter) => {
  expect(initial(name)).toBe(letter);
});

it('formats counts', () => {
  expect([formatCount(0, 'piece'), formatCount(1, 'piece'), formatCount(1234, 'piece'), formatCount(2, 'entry', 'entries')]).toEqual([
    '0 pieces',
    '1 piece',
    '1,234 pieces',
    '2 entries',
  ]);
});

it('turns field errors into sentences', () => {
  expect([toSentence('must be 1 to 5'), toSentence('Already one.')]).toEqual(['Must be 1 to 5.', 'Already one.']);
});

it('sums in cents, not floats', () => {
  expect(sumLines([{ price: 0.1, quantity: 3 }, { price: 79.99, quantity: 3 }])).toBe(240.27);
  expect(formatMoney(1099.9, 'EUR')).toBe('€1,099.90');
});

it.each([
  ['2026-03-01T11:59:40.000Z', 'just now'],
  ['2026-03-01T11:58:00.000Z', '2 minutes ago'],
  ['2026-03-01T09:00:00.000Z', '3 hours ago'],
  ['2026-02-28T11:00:00.000Z', 'yesterday'],
  ['2025-12-24T12:00:00.000Z', '24 December 2025'],
])('%s is %s', (instant, words) => {
  expect(formatRelativeTime(instant, Date.parse('2026-03-01T12:00:00.000Z'))).toBe(words);
});
