import { describe, expect, it } from 'vitest';
import { Problem } from '@/lib/api/problem';
import type { Product } from '@/lib/api/types';
import { canCheckOut, toBasketLine, totalOfLines } from './lines';

const item = { productId: 1, quantity: 3, name: 'Mug', price: 0.1 };
const at = '2026-01-01T00:00:00.000Z';
const mug: Product = { id: 1, name: 'Mug', price: 0.1, stock: 5, rating: { average: 0, count: 0 }, createdAt: at, updatedAt: at };

describe('a line', () => {
  it('compares itself with the catalog', () => {
    expect(toBasketLine(item, mug, null)).toMatchObject({ state: 'known', priceChanged: false, insufficient: false });
    expect(toBasketLine(item, { ...mug, price: 0.2, stock: 2 }, null)).toMatchObject({ priceChanged: true, insufficient: true });
    expect(toBasketLine(item, undefined, new Problem(404, {}))).toEqual({ state: 'unavailable', item });
    expect(toBasketLine(item, undefined, new TypeError('no network'))).toMatchObject({ state: 'failed' });
    expect(toBasketLine(item, undefined, null)).toEqual({ state: 'loading', item });
  });
});

describe('lines', () => {
  it('have a total in exact cents once all are loaded', () => {
    const known = toBasketLine(item, mug, null);
    expect(totalOfLines([known])).toBe(0.3);
    expect(totalOfLines([known, toBasketLine(item, undefined, null)])).toBeUndefined();
    expect(totalOfLines([])).toBe(0);
  });

  it('can be ordered if all are in stock', () => {
    expect(canCheckOut([toBasketLine(item, mug, null)])).toBe(true);
    expect(canCheckOut([toBasketLine(item, { ...mug, stock: 2 }, null)])).toBe(false);
    expect(canCheckOut([])).toBe(false);
  });
});
