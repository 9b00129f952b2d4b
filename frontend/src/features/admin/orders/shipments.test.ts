import { describe, expect, it } from 'vitest';
import type { Fulfilment, OrderLine } from '@/lib/api/types';
import { toProblem } from '@/lib/api/problem';
import { isShippable, leftToShip, shipmentRequest, shippedPieces } from './shipments';
import { STATUSES } from './transitions';

const NOTHING_ELSE = { discount: 0, tax: 0, taxRate: 0 };
const line = (productId: number, name: string, quantity: number): OrderLine => ({ productId, name, quantity, price: 1, total: quantity, ...NOTHING_ELSE });
const shipment = (...items: Fulfilment['items']): Fulfilment => ({ id: 'a', orderId: 1, items, status: 'shipped', createdAt: '' });
const items = [line(7, 'Mug', 3), line(9, 'Pot', 1)];

it('only a paid order that has not left completely is shipped', () => {
  expect(STATUSES.filter(isShippable)).toEqual(['confirmed', 'partially_shipped']);
});

it('what is left is what is in no shipment', () => {
  const left = (...fulfilments: Fulfilment[]) => leftToShip({ items, fulfilments }).map(({ productId, quantity }) => [productId, quantity]);
  expect(left()).toEqual([[7, 3], [9, 1]]);
  expect(left(shipment({ productId: 7, quantity: 1 }), shipment({ productId: 7, quantity: 1 }, { productId: 9, quantity: 1 }))).toEqual([[7, 1]]);
  expect(shippedPieces({ items }, shipment({ productId: 7, quantity: 2 }, { productId: 9, quantity: 1 }))).toBe('2 × Mug, 1 × Pot');
});

describe('the request', () => {
  const left = leftToShip({ items, fulfilments: [] });
  const typed = (fields: Record<string, string>) => () => shipmentRequest(left, (field) => fields[field] ?? '');
  const errors = (request: () => unknown) => {
    try {
      request();
    } catch (error) {
      return toProblem(error).fields.map(({ field }) => field);
    }
    return [];
  };

  it('has the chosen pieces and what is known of the carrier', () => {
    const request = typed({ 'quantity-7': '2', 'quantity-9': '0', carrier: ' DHL ', trackingNumber: '0034', trackingUrl: '' });
    expect(request()).toEqual({ items: [{ productId: 7, quantity: 2 }], carrier: 'DHL', trackingNumber: '0034' });
  });

  it.each([
    [{ 'quantity-7': '4', 'quantity-9': '0' }, ['quantity-7']],
    [{ 'quantity-7': 'x', 'quantity-9': '0' }, ['quantity-7']],
    [{ 'quantity-7': '0', 'quantity-9': '2' }, ['quantity-9']],
    [{ 'quantity-7': '0', 'quantity-9': '0' }, ['quantity-7']],
  ])('%j names the wrong field', (fields, named) => expect(errors(typed(fields))).toEqual(named));
});
