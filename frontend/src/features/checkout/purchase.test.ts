import { describe, expect, it } from 'vitest';
import type { Order } from '@/lib/api/types';
import type { Attempt } from '@/lib/idempotency/attempt';
import { orderBill } from '@/lib/moneyLines';
import { findPlacedOrder, retryDelay } from './outcome';
import { hasSameItems, newOrder, orderLines, parsePurchase } from './purchase';

const at = '2026-01-01T12:00:00.000Z';
const T = Date.parse(at);
const noExtras = { discount: 0, tax: 0 };
const order: Order = {
  id: 1,
  userId: 1,
  currency: 'EUR',
  subtotal: 33,
  shipping: 0,
  shippingTax: 0,
  taxIncluded: true,
  ...noExtras,
  total: 33,
  status: 'payment_failed',
  createdAt: at,
  updatedAt: at,
  items: [{ productId: 1, name: 'Mug', price: 16.5, quantity: 2, ...noExtras, taxRate: 0, total: 33 }],
};
const two = [{ productId: 1, quantity: 2 }];

it.each([
  [two, true],
  [[{ productId: 1, quantity: 3 }], false],
  [[...two, { productId: 2, quantity: 1 }], false],
  [[], false],
])('an order of two mugs has the same items as %j: %s', (items, same) => {
  expect(hasSameItems(order, items)).toBe(same);
});

function attempt(body: unknown, shown: unknown = { lines: orderLines(order), total: 33 }): Attempt {
  return { key: 'k', body, shown, startedAt: T, pressedAt: T, sentAt: T };
}

describe('an open purchase', () => {
  it('is parsed from the request body', () => {
    expect(parsePurchase(attempt(newOrder(two, 33, 'tok_slow')))).toMatchObject({ orderId: undefined, method: 'tok_slow', total: 33, lines: [{ name: 'Mug' }] });
    expect(parsePurchase(attempt({ orderId: 12, method: 'tok_visa' }))).toMatchObject({ orderId: 12, method: 'tok_visa', total: 33 });
  });

  it('has the address of its order, and the money that was shown', () => {
    const address = { name: 'Ada', line1: 'Street 1', city: 'Berlin', postalCode: '10115', country: 'DE' };
    const bill = orderBill({ ...order, discount: 3, total: 30 });
    const body = newOrder(two, 30, 'tok_visa', { email: 'ada@example.org', shippingAddress: address, shippingMethodId: 1, discountCode: 'SPRING' });
    expect(body).toMatchObject({ total: 30, email: 'ada@example.org', shippingAddress: address, shippingMethodId: 1, discountCode: 'SPRING' });
    expect(parsePurchase(attempt(body, { lines: [], total: 30, bill }))).toMatchObject({ address, bill, total: 30 });
    expect(parsePurchase(attempt(newOrder(two, 33, 'tok_visa'), { lines: [], total: 33, bill: { total: 33 } }))).toMatchObject({ address: undefined, bill: undefined });
  });

  it('is parsed even if another version of the shop stored it', () => {
    expect(parsePurchase(attempt({ items: two }, null))).toMatchObject({ orderId: undefined, method: '', lines: [], total: 0 });
  });
});

it.each<[string, Partial<Order>, boolean]>([
  ['placed at the same time', {}, true],
  ['slightly earlier, by another clock', { createdAt: '2026-01-01T11:55:00.000Z' }, true],
  ['hours earlier', { createdAt: '2026-01-01T09:00:00.000Z' }, false],
  ['that was cancelled', { status: 'cancelled' }, false],
  ['for another total', { total: 34 }, false],
  ['of other items', { items: [{ productId: 2, name: 'Pot', price: 33, quantity: 1, ...noExtras, taxRate: 0, total: 33 }] }, false],
])('an order %s matches the attempt: %s', (_, change, expected) => {
  const found = findPlacedOrder(parsePurchase(attempt(newOrder(two, 33, 'tok_visa'))), [{ ...order, ...change }]);
  expect(found !== undefined).toBe(expected);
});

it('backs off, and respects Retry-After', () => {
  expect([1, 2, 3, 4, 5, 6, 9].map((failures) => retryDelay(failures, undefined))).toEqual([3, 6, 12, 24, 48, 60, 60]);
  expect(retryDelay(1, 20)).toBe(20);
  expect(retryDelay(5, 20)).toBe(48);
});
