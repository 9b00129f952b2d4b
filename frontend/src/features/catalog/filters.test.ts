import { describe, expect, it } from 'vitest';
import { changeFilters, parseFilters, parsePrice, toApiQuery, toSearchParams } from './filters';

const read = (search: string) => parseFilters(new URLSearchParams(search));

describe('filters in the URL', () => {
  it('survive a round trip through the URL', () => {
    const filters = { q: 'tea pot', category: 'Tea & Coffee', minPrice: 10, maxPrice: 99.5, inStock: true, sort: '-rating' } as const;
    expect(parseFilters(toSearchParams(filters))).toEqual(filters);
  });

  it.each([
    ['', {}],
    ['q=%20%20', {}],
    ['sort=constructor', {}],
    ['sort=newest', {}],
    ['minPrice=abc&maxPrice=-4', {}],
    ['minPrice=1e9', {}],
    ['minPrice=', {}],
    ['inStock=yes', {}],
    ['maxPrice=12,50', { maxPrice: 12.5 }],
    ['minPrice=0', { minPrice: 0 }],
    [`q=${'a'.repeat(300)}`, { q: 'a'.repeat(100) }],
  ])('%s', (search, filters) => {
    expect(read(search)).toEqual(filters);
  });

  it('are removed by undefined', () => {
    expect(changeFilters({ q: 'tea', category: 'Home' }, { category: undefined })).toEqual({ q: 'tea' });
  });
});

it('swaps a reversed price range', () => {
  expect(toApiQuery({ minPrice: 50, maxPrice: 10, q: 'x' })).toEqual({ minPrice: 10, maxPrice: 50, q: 'x' });
});

it.each([
  [{ minPrice: 10, maxPrice: 50 }, { minPrice: 10, maxPrice: 50 }],
  [{ minPrice: 10 }, { minPrice: 10 }],
  [{ maxPrice: 50 }, { maxPrice: 50 }],
  [{}, {}],
])('asks for %j as it is', (filters, query) => {
  // Absent filters are not sent, not even as undefined.
  expect(toApiQuery(filters)).toStrictEqual(query);
  expect(parseFilters(toSearchParams(filters))).toStrictEqual(query);
});

it('trims the category', () => {
  expect(read('category=%20Home%20')).toEqual({ category: 'Home' });
  expect(read('category=%20')).toEqual({});
});

it.each([
  ['12', 12],
  ['12.5', 12.5],
  ['12,505', 12.51],
  [' 7. ', 7],
  ['', undefined],
  ['-1', undefined],
  ['1e3', undefined],
  ['99999999.99', 99_999_999.99],
  ['100000000', undefined],
  ['999999999', undefined],
  [null, undefined],
])('reads the price %j as %s', (text, amount) => {
  expect(parsePrice(text)).toBe(amount);
});
