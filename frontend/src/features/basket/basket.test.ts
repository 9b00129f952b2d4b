import { describe, expect, it } from 'vitest';
import { accept, add, type Basket, basketOf, covers, MOST_LINES, MOST_OF_ONE, pieces, remove, setQuantity, without } from './basket';

const mug = { id: 1, name: 'Mug', price: 16.5 };
const pot = { id: 2, name: 'Pot', price: 64 };
const full = Array.from({ length: MOST_LINES }, (_, place) => ({ productId: place + 10, quantity: 1, name: 'x', price: 1 }));

describe('a basket', () => {
  it('has one line per product', () => {
    const basket = add(add([], mug, 1) ?? [], mug, 2) ?? [];
    expect(basket).toEqual([{ productId: 1, quantity: 3, name: 'Mug', price: 16.5 }]);
    expect(pieces(add(basket, pot, 2) ?? [])).toBe(5);
  });

  it('holds what an order may hold', () => {
    expect(add([], mug, 1000)?.[0]?.quantity).toBe(MOST_OF_ONE);
    expect(add(full, mug, 1)).toBeUndefined();
    expect(add(full, { ...mug, id: 10 }, 1)?.[0]?.quantity).toBe(2);
  });

  it('loses a line at nought', () => {
    const basket = add([], mug, 2) ?? [];
    expect(setQuantity(basket, 1, 0)).toEqual([]);
    expect(remove(basket, 7)).toEqual(basket);
  });

  it('keeps what was put in after something was bought', () => {
    const basket = add(add([], mug, 3) ?? [], pot, 1) ?? [];
    expect(without(basket, [{ productId: 1, quantity: 2 }])).toEqual([
      { productId: 1, quantity: 1, name: 'Mug', price: 16.5 },
      { productId: 2, quantity: 1, name: 'Pot', price: 64 },
    ]);
    expect(without(basket, [{ productId: 1, quantity: 3 }, { productId: 2, quantity: 9 }, { productId: 7, quantity: 1 }])).toEqual([]);
  });

  it('covers what is all in it', () => {
    const basket = add([], mug, 3) ?? [];
    expect(covers(basket, [{ productId: 1, quantity: 3 }])).toBe(true);
    expect(covers(basket, [{ productId: 1, quantity: 4 }])).toBe(false);
    expect(covers(basket, [{ productId: 1, quantity: 1 }, { productId: 2, quantity: 1 }])).toBe(false);
    expect(covers(basket, [])).toBe(true);
  });

  it('takes over prices that were seen', () => {
    const basket = add([], mug, 2) ?? [];
    expect(accept(basket, [{ ...mug, name: 'Big mug', price: 18 }])).toEqual([{ productId: 1, quantity: 2, name: 'Big mug', price: 18 }]);
    expect(accept(basket, [pot])).toEqual(basket);
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
    [[{ ...line, quantity: 1e9 }], [{ ...line, quantity: MOST_OF_ONE }]],
    [[{ ...line, quantity: 1.5 }], []],
    [[{ ...line, productId: -1 }], []],
  ])('%j is read as %j', (found, basket) => {
    expect(basketOf(found)).toEqual(basket);
  });
});
