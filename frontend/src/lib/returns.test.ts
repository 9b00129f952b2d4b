import { describe, expect, it } from 'vitest';
import type { Fulfilment, OrderLine, Return, ReturnStatus } from './api/types';
import { returnablePieces, returnOrRefund, returnsOf } from './returns';

const line = (productId: number, quantity: number): OrderLine => ({ productId, name: `No. ${productId}`, quantity, price: 1, total: quantity, discount: 0, tax: 0, taxRate: 0 });
const shipment = (...items: Fulfilment['items']): Fulfilment => ({ id: 'a', orderId: 1, items, status: 'shipped', createdAt: '' });
const returned = (status: ReturnStatus, productId: number, quantity: number): Return => ({
  id: 'r',
  orderId: 1,
  status,
  items: [{ productId, quantity, restocked: 0 }],
  reason: 'broken',
  createdAt: '',
});
const items = [line(7, 3), line(9, 1)];
const shipped = [shipment({ productId: 7, quantity: 1 }), shipment({ productId: 7, quantity: 1 }, { productId: 9, quantity: 1 })];

describe('the pieces that can be returned', () => {
  const left = (fulfilments: Fulfilment[], ...returns: Return[]) => returnablePieces({ items, fulfilments, returns }).map(({ productId, quantity }) => [productId, quantity]);

  it('have been shipped', () => {
    expect(left([])).toEqual([]);
    expect(left(shipped)).toEqual([[7, 2], [9, 1]]);
  });

  it.each<[ReturnStatus, number[][]]>([
    ['requested', [[7, 1], [9, 1]]],
    ['approved', [[7, 1], [9, 1]]],
    ['received', [[7, 1], [9, 1]]],
  ])('are in no return: one that is %s leaves %j', (status, expected) => {
    expect(left(shipped, returned(status, 7, 1))).toEqual(expected);
  });

  it('are those of a declined return as well', () => {
    expect(left(shipped, returned('rejected', 7, 1))).toEqual([[7, 2], [9, 1]]);
  });

  it('are none when all are in returns', () => {
    expect(left(shipped, returned('received', 7, 2), returned('approved', 9, 1))).toEqual([]);
  });
});

it('an order of an API without returns has none', () => {
  expect(returnsOf({} as Parameters<typeof returnsOf>[0])).toEqual([]);
  const one = returned('requested', 7, 1);
  expect(returnsOf({ returns: [one] })).toEqual([one]);
});

it.each([
  ['Return requested', 'Return requested'],
  ['Refunded 12.99 EUR', 'Refunded 12.99 EUR'],
  ['DHL 0034', undefined],
  ['insufficient_funds', undefined],
  ['', undefined],
  [null, undefined],
])('an entry with the detail %j is about %j', (detail, expected) => {
  expect(returnOrRefund(detail)).toBe(expected);
});
