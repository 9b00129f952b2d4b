import type { Fulfilment, Order } from '@/lib/api/types';

/** `On its way with DHL, number 0034`. */
export function shipmentTitle({ status, carrier, trackingNumber }: Pick<Fulfilment, 'status' | 'carrier' | 'trackingNumber'>): string {
  const state = status === 'delivered' ? 'Delivered' : 'On its way';
  return `${state}${carrier ? ` with ${carrier}` : ''}${trackingNumber ? `, number ${trackingNumber}` : ''}`;
}

/** `2 × Mug, 1 × Pot`. */
export function shippedPieces(order: Pick<Order, 'items'>, fulfilment: Pick<Fulfilment, 'items'>): string {
  const nameOf = (productId: number) => order.items.find((line) => line.productId === productId)?.name ?? `Product ${productId}`;
  return fulfilment.items.map(({ productId, quantity }) => `${quantity} × ${nameOf(productId)}`).join(', ');
}
