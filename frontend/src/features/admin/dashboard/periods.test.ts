import { describe, expect, it } from 'vitest';
import { fullName, groupByPeriod, labelVisibility, shortName } from './periods';

/** Days up to Tuesday, 24 November 2026, each with the value 0.1. */
function days(count: number) {
  return Array.from({ length: count }, (_, place) => {
    const date = new Date(Date.UTC(2026, 10, 24 - (count - 1 - place)));
    return { day: date.toISOString().slice(0, 10), value: 0.1 };
  });
}

describe('groupByPeriod', () => {
  it('keeps single days up to a month', () => {
    const spans = groupByPeriod(days(31));
    expect(spans).toHaveLength(31);
    expect(spans.at(-1)).toEqual({ key: '2026-11-24', from: '2026-11-24', to: '2026-11-24', value: 0.1 });
  });

  it('groups by weeks from Monday, with partial first and last weeks', () => {
    const spans = groupByPeriod(days(90));
    expect(spans.slice(1, -1).every(({ from, to }) => Date.parse(to) - Date.parse(from) === 6 * 86_400_000)).toBe(true);
    expect(spans.at(-1)).toEqual({ key: '2026-11-23', from: '2026-11-23', to: '2026-11-24', value: 0.2 });
    expect(spans.at(-2)?.value).toBe(0.7);
  });

  it('groups a year by months', () => {
    const spans = groupByPeriod(days(365));
    expect(spans).toHaveLength(13);
    expect(spans.at(-2)).toEqual({ key: '2026-10', from: '2026-10-01', to: '2026-10-31', value: 3.1 });
  });

  it.each([1, 7, 30, 90, 200, 365])('keeps the sum of %d days', (count) => {
    const sum = groupByPeriod(days(count)).reduce((total, { value }) => total + value, 0);
    expect(sum).toBeCloseTo(count / 10);
  });
});

it('formats periods for the axis and in full', () => {
  const names = (count: number) => groupByPeriod(days(count)).slice(-2).map((span) => [shortName(span), fullName(span)]);
  expect(names(2)).toEqual([
    ['23 Nov', 'Mon 23 Nov'],
    ['24 Nov', 'Tue 24 Nov'],
  ]);
  expect(names(90)).toEqual([
    ['16 Nov', '16 Nov to 22 Nov'],
    ['23 Nov', '23 Nov to 24 Nov'],
  ]);
  expect(names(365)).toEqual([
    ['Oct', 'Oct 2026'],
    ['Nov', 'Nov 2026'],
  ]);
});

it('shows as many labels as fit, always including the last', () => {
  const places = (count: number, where: string[]) => Array.from({ length: count }, (_, place) => place).filter((place) => where.includes(labelVisibility(place, count)));
  expect(places(3, ['always'])).toEqual([0, 1, 2]);
  expect(places(7, ['always', 'wide'])).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(places(7, ['always'])).toEqual([0, 2, 4, 6]);
  expect(places(30, ['always', 'wide'])).toEqual([4, 9, 14, 19, 24, 29]);
  expect(places(30, ['always'])).toEqual([9, 19, 29]);
});
