import { describe, expect, it } from 'vitest';
import { Problem } from '@/lib/api/problem';
import type { Product } from '@/lib/api/types';
import { canBeOrdered, lineOf, totalOf } from './lines';

const wanted = { productId: 1, quantity: 3, name: 'Mug', price: 0.1 };
const at = '2026-01-01T00:00:00.000Z';
const mug: Product = { id: 1, name: 'Mug', price: 0.1, stock: 5, rating: { average: 0, count: 0 }, createdAt: at, updatedAt: at };

describe('a line', () => {
  it('knows what has changed', () => {
    expect(lineOf(wanted, mug, null)).toMatchObject({ state: 'known', priceChanged: false, short: false });
    expect(lineOf(wanted, { ...mug, price: 0.2, stock: 2 }, null)).toMatchObject({ priceChanged: true, short: true });
    expect(lineOf(wanted, undefined, new Problem(404, {}))).toEqual({ state: 'gone', wanted });
    expect(lineOf(wanted, undefined, new TypeError('no network'))).toMatchObject({ state: 'failed' });
    expect(lineOf(wanted, undefined, null)).toEqual({ state: 'loading', wanted });
  });
});

describe('lines', () => {
  it('sum up without the noise of floats, once all are known', () => {
    const known = lineOf(wanted, mug, null);
    expect(totalOf([known])).toBe(0.3);
    expect(totalOf([known, lineOf(wanted, undefined, null)])).toBeUndefined();
    expect(totalOf([])).toBe(0);
  });

  it('can be ordered if all are there in that number', () => {
    expect(canBeOrdered([lineOf(wanted, mug, null)])).toBe(true);
    expect(canBeOrdered([lineOf(wanted, { ...mug, stock: 2 }, null)])).toBe(false);
    expect(canBeOrdered([])).toBe(false);
  });
});
