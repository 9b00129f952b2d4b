import { describe, expect, it } from 'vitest';
import { acceptPrices, addItem, type Basket, containsAll, countItems, MAX_LINES, MAX_QUANTITY, parseBasket, removeItem, setQuantity, withoutBought } from './basket';

const mug = { id: 1, name: 'Mug', price: 16.5 };
const pot = { id: 2, name: 'Pot', price: 64 };
const full = Array.from({ length: MAX_LINES }, (_, place) => ({ productId: place + 10, quantity: 1, name: 'x', price: 1 }));

describe('a basket', () => {
  it('has one line per product', () => {
    const basket = addItem(addItem([], mug, 1) ?? [], mug, 2) ?? [];
    expect(basket).toEqual([{ productId: 1, quantity: 3, name: 'Mug', price: 16.5 }]);
    expect(countItems(addItem(basket, pot, 2) ?? [])).toBe(5);
  });

  it('is limited like an order', () => {
    expect(addItem([], mug, 1000)?.[0]?.quantity).toBe(MAX_QUANTITY);
    expect(addItem(full, mug, 1)).toBeUndefined();
    expect(addItem(full, { ...mug, id: 10 }, 1)?.[0]?.quantity).toBe(2);
  });

  it('removes a line with quantity 0', () => {
    const basket = addItem([], mug, 2) ?? [];
    expect(setQuantity(basket, 1, 0)).toEqual([]);
    expect(removeItem(basket, 7)).toEqual(basket);
  });

  it('keeps items that were added during the purchase', () => {
    const basket = addItem(addItem([], mug, 3) ?? [], pot, 1) ?? [];
    expect(withoutBought(basket, [{ productId: 1, quantity: 2 }])).toEqual([
      { productId: 1, quantity: 1, name: 'Mug', price: 16.5 },
      { productId: 2, quantity: 1, name: 'Pot', price: 64 },
    ]);
    expect(withoutBought(basket, [{ productId: 1, quantity: 3 }, { productId: 2, quantity: 9 }, { productId: 7, quantity: 1 }])).toEqual([]);
  });

  it('knows whether it contains all items of an order', () => {
    const basket = addItem([], mug, 3) ?? [];
    expect(containsAll(basket, [{ productId: 1, quantity: 3 }])).toBe(true);
    expect(containsAll(basket, [{ productId: 1, quantity: 4 }])).toBe(false);
    expect(containsAll(basket, [{ productId: 1, quantity: 1 }, { productId: 2, quantity: 1 }])).toBe(false);
    expect(containsAll(basket, [])).toBe(true);
  });

  it('accepts the prices that were shown', () => {
    const basket = addItem([], mug, 2) ?? [];
    expect(acceptPrices(basket, [{ ...mug, name: 'Big mug', price: 18 }])).toEqual([{ productId: 1, quantity: 2, name: 'Big mug', price: 18 }]);
    expect(acceptPrices(basket, [pot])).toEqual(basket);
  });
});

describe('a stored basket', () => {
  const line = { productId: 1, quantity: 2, name: 'Mug', price: 16.5 };
  it.each<[unknown, Basket | undefined]>([
    [[line], [line]],
    [{ lines: [] }, undefined],
    ['[]', undefined],
    [[null, 3, { productId: '1' }, line], [line]],
    [[line, line], [line]],
    [[{ ...line, quantity: 1e9 }], [{ ...line, quantity: MAX_QUANTITY }]],
    [[{ ...line, quantity: 1.5 }], []],
    [[{ ...line, productId: -1 }], []],
  ])('%j is read as %j', (found, basket) => {
    expect(parseBasket(found)).toEqual(basket);
  });
});
