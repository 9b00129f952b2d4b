import { describe, expect, it } from 'vitest';
import type { Product } from '@/lib/api/types';
import { type Basket, MAX_LINES, parseBasket, setQuantity } from './basket';
import { canCheckOut, toBasketLine } from './lines';

const mug = { productId: 1, quantity: 2, name: 'Mug', price: 16.5 };
const pot = { productId: 2, quantity: 1, name: 'Pot', price: 64 };
const at = '2026-01-01T00:00:00.000Z';
const withStock = (stock: number): Product => ({ id: 1, name: 'Mug', price: 16.5, stock, rating: { average: 0, count: 0 }, createdAt: at, updatedAt: at });

describe('basket limits', () => {
  it('changes the quantity of one line only', () => {
    const basket: Basket = [mug, pot];
    expect(setQuantity(basket, 1, 1)).toEqual([{ ...mug, quantity: 1 }, pot]);
    expect(setQuantity(basket, 1, 5)).toEqual([{ ...mug, quantity: 5 }, pot]);
  });

  it('drops invalid and excess lines', () => {
    const many = Array.from({ length: MAX_LINES + 5 }, (_, place) => ({ ...mug, productId: place + 1 }));
    expect(parseBasket(many)).toHaveLength(MAX_LINES);
    expect(parseBasket([mug, pot])).toEqual([mug, pot]);
    for (const wrong of [{ ...mug, productId: 0 }, { ...mug, name: 7 }, { ...mug, price: '1' }, { ...mug, quantity: '2' }, 'mug']) {
      expect(parseBasket([wrong])).toEqual([]);
    }
  });
});

describe('line limits', () => {
  it('are sufficient if the stock equals the quantity', () => {
    expect([1, 2, 3].map((stock) => toBasketLine(mug, withStock(stock), null))).toMatchObject([{ insufficient: true }, { insufficient: false }, { insufficient: false }]);
  });

  it('can be ordered only together', () => {
    const [enough, few] = [toBasketLine(mug, withStock(2), null), toBasketLine(mug, withStock(1), null)];
    expect(canCheckOut([enough, few])).toBe(false);
    expect(canCheckOut([enough, toBasketLine(pot, undefined, null)])).toBe(false);
    expect(canCheckOut([enough, enough])).toBe(true);
  });
});
