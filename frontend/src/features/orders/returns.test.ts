import { describe, expect, it } from 'vitest';
import { toProblem } from '@/lib/api/problem';
import type { OrderStatus, OrderWithTimeline } from '@/lib/api/types';
import { piecesToReturn, returnRequest } from './returns';

const DAY = 86_400_000;
const NOW = Date.parse('2026-03-10T12:00:00.000Z');

function order(status: OrderStatus, returnableUntil?: number): OrderWithTimeline {
  return {
    status,
    items: [{ productId: 7, name: 'Mug', quantity: 3 }],
    fulfilments: [{ id: 'a', orderId: 1, items: [{ productId: 7, quantity: 2 }], status: 'delivered', createdAt: '' }],
    returns: [],
    ...(returnableUntil !== undefined && { returnableUntil: new Date(returnableUntil).toISOString() }),
  } as unknown as OrderWithTimeline;
}

it.each<[string, OrderWithTimeline, number]>([
  ['was delivered, before the end of the time', order('delivered', NOW + DAY), 2],
  ['was delivered, without a time', order('delivered'), 0],
  ['is on its way', order('shipped'), 2],
  ['has arrived in part', order('partially_shipped'), 2],
  ['has not left', { ...order('confirmed'), fulfilments: [] }, 0],
])('an order that %s', (_, given, left) => {
  expect(piecesToReturn(given, NOW).reduce((sum, { quantity }) => sum + quantity, 0)).toBe(left);
});

it('an order can be returned until the last moment', () => {
  expect(piecesToReturn(order('delivered', NOW), NOW)).toHaveLength(1);
  expect(piecesToReturn(order('delivered', NOW - 1), NOW)).toEqual([]);
});

describe('the request', () => {
  const pieces = [
    { productId: 7, name: 'Mug', quantity: 3 },
    { productId: 9, name: 'Pot', quantity: 1 },
  ];
  const chosen = (fields: Record<string, string>) => () => returnRequest(pieces, (field) => fields[field] ?? '');

  it('has the chosen pieces and the reason', () => {
    expect(chosen({ 'quantity-7': '2', 'quantity-9': '0', reason: ' Chipped. ' })()).toEqual({ items: [{ productId: 7, quantity: 2 }], reason: 'Chipped.' });
  });

  it('names everything that is missing', () => {
    const fields = (request: () => unknown) => {
      try {
        request();
      } catch (error) {
        return toProblem(error).fields.map(({ field }) => field);
      }
      return [];
    };
    expect(fields(chosen({ 'quantity-7': '0', 'quantity-9': '0', reason: ' ' }))).toEqual(['quantity-7', 'reason']);
    expect(fields(chosen({ 'quantity-7': '0', 'quantity-9': '1', reason: '' }))).toEqual(['reason']);
  });
});
