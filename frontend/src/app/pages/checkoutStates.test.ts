import { expect, it } from 'vitest';
import type { Product } from '@/lib/api/types';
import { toCheckoutLines } from './checkoutStates';

it('checkout has the known lines of the basket, with the price that the customer saw', () => {
  const item = { productId: 7, quantity: 2, name: 'Mug', price: 9 };
  const product = { id: 7, name: 'Stoneware Mug', price: 10, stock: 5, image: null } as Product;
  const lines = [
    { state: 'known', item, product, priceChanged: true, insufficient: false },
    { state: 'unavailable', item: { ...item, productId: 8 } },
  ] as Parameters<typeof toCheckoutLines>[0];
  expect(toCheckoutLines(lines)).toEqual([{ productId: 7, name: 'Stoneware Mug', image: null, quantity: 2, price: 10, seenPrice: 9, stock: 5 }]);
});
