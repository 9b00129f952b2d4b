import { expect, it } from 'vitest';
import type { Order } from '@/lib/api/types';
import { isFor } from './buy';

const at = '2026-01-01T00:00:00.000Z';
const order: Order = {
  id: 1,
  userId: 1,
  total: 33,
  status: 'payment_failed',
  createdAt: at,
  updatedAt: at,
  items: [{ productId: 1, name: 'Mug', price: 16.5, quantity: 2 }],
};
const two = [{ productId: 1, quantity: 2 }];

it.each([
  [two, 33, true],
  [two, 34, false],
  [[{ productId: 1, quantity: 3 }], 33, false],
  [[...two, { productId: 2, quantity: 1 }], 33, false],
  [[], 33, false],
])('an order of two mugs is for %j at %s: %s', (items, total, same) => {
  expect(isFor(order, items, total)).toBe(same);
});
