import { expect, it } from 'vitest';
import { shipmentTitle, shippedPieces } from './shipments';

it('a shipment is titled by what is known of it', () => {
  expect(shipmentTitle({ status: 'shipped' })).toBe('On its way');
  expect(shipmentTitle({ status: 'shipped', carrier: 'DHL', trackingNumber: '0034' })).toBe('On its way with DHL, number 0034');
  expect(shipmentTitle({ status: 'delivered', trackingNumber: '0034' })).toBe('Delivered, number 0034');
});

it('lists its pieces by their names in the order', () => {
  const order = { items: [{ productId: 7, name: 'Mug', quantity: 3, price: 1 }] } as Parameters<typeof shippedPieces>[0];
  expect(shippedPieces(order, { items: [{ productId: 7, quantity: 2 }, { productId: 9, quantity: 1 }] })).toBe('2 × Mug, 1 × Product 9');
});
