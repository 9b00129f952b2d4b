import { afterAll, expect, it, vi } from 'vitest';
import { formatDate, formatDateTime, formatDays, formatRelativeTime } from './dates';
import { declineMessage } from './declineMessage';
import { formatMoney, formatShortMoney, lineTotal } from './money';
import { observable } from './observable';
import { toSentence } from './text';

vi.stubEnv('TZ', 'UTC');
afterAll(() => vi.unstubAllEnvs());

it('explains why a card was declined', () => {
  expect([declineMessage('insufficient_funds'), declineMessage('do_not_honour'), declineMessage(undefined)]).toEqual([
    'Your card has insufficient funds.',
    'Your bank declined the card.',
    'Your bank declined the card.',
  ]);
});

it('multiplies in exact cents', () => {
  expect([lineTotal(0.1, 3), lineTotal(79.99, 3), lineTotal(5, 0)]).toEqual([0.3, 239.97, 0]);
  expect([0, 12.5, -3, 1_234_567.89].map((amount) => formatMoney(amount, 'EUR'))).toEqual(['€0.00', '€12.50', '-€3.00', '€1,234,567.89']);
  expect([formatMoney(12.5, 'USD'), formatMoney(12.5, 'CHF').replace(/\s/, ' ')]).toEqual(['US$12.50', 'CHF 12.50']);
  expect([0, 950, 1099.9].map((amount) => formatShortMoney(amount, 'EUR'))).toEqual(['€0', '€950', '€1.1K']);
});

it('formats dates and times', () => {
  expect(formatDate('2026-11-03T14:05:00.000Z')).toBe('3 November 2026');
  expect(formatDateTime('2026-11-03T04:05:59.000Z')).toBe('3 Nov, 04:05');
  expect([formatDays(2, 5), formatDays(1, 1), formatDays(3, 3)]).toEqual(['2–5 days', '1 day', '3 days']);
});

it.each([
  ['2026-03-01T11:59:00.001Z', 'just now'],
  ['2026-03-01T11:59:00.000Z', '1 minute ago'],
  ['2026-03-01T11:00:00.000Z', '1 hour ago'],
  ['2026-02-28T12:00:00.000Z', 'yesterday'],
  ['2026-01-30T12:00:00.000Z', '30 days ago'],
  ['2026-01-30T11:59:59.000Z', '30 January 2026'],
])('at the boundaries %s is %s', (instant, words) => {
  expect(formatRelativeTime(instant, Date.parse('2026-03-01T12:00:00.000Z'))).toBe(words);
});

it('adds a period only where one is missing', () => {
  expect(toSentence('must be like 12.50')).toBe('Must be like 12.50.');
  expect(toSentence('why? because')).toBe('Why? because.');
  expect(toSentence('really?')).toBe('Really?');
});

it('notifies subscribers of changes until they unsubscribe', () => {
  const value = observable(1);
  const values: number[] = [];
  const stop = value.subscribe(() => values.push(value.get()));
  value.set(1);
  value.set(2);
  value.update((now) => now + 1);
  stop();
  value.set(4);
  expect(values).toEqual([2, 3]);
});
