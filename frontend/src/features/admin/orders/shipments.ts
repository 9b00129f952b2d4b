import type { Fulfilment, OrderLine, OrderStatus, OrderWithTimeline, ShipOrder } from '@/lib/api/types';
import { fieldProblem } from '@/lib/validate';
import { parseQuantity } from '../lib/parse';

/** Whether pieces of an order with this status may be left to ship. */
export function isShippable(status: OrderStatus): boolean {
  return status === 'confirmed' || status === 'partially_shipped';
}

export type LeftToShip = Pick<OrderLine, 'productId' | 'name' | 'quantity'>;

/** The pieces that are in no shipment yet. */
export function leftToShip({ items, fulfilments }: Pick<OrderWithTimeline, 'items' | 'fulfilments'>): LeftToShip[] {
  const shipped = fulfilments.flatMap((fulfilment) => fulfilment.items);
  const left = items.map(({ productId, name, quantity }) => {
    const gone = shipped.filter((line) => line.productId === productId).reduce((sum, line) => sum + line.quantity, 0);
    return { productId, name, quantity: quantity - gone };
  });
  return left.filter(({ quantity }) => quantity > 0);
}

/** The name of a line's field. */
export function quantityField(productId: number): string {
  return `quantity-${productId}`;
}

/** The request for what was typed; empty fields are left out. Throws a problem that names the wrong field. */
export function shipmentRequest(left: readonly LeftToShip[], text: (field: string) => string): ShipOrder {
  const items = left
    .map(({ productId, quantity: most }) => {
      const field = quantityField(productId);
      const quantity = parseQuantity(text(field), field);
      if (quantity > most) throw fieldProblem(field, `must be ${most} or less`);
      return { productId, quantity };
    })
    .filter(({ quantity }) => quantity > 0);
  const first = left[0];
  if (items.length === 0 && first) throw fieldProblem(quantityField(first.productId), 'must be 1 or more, or another quantity must');
  const [carrier, trackingNumber, trackingUrl] = [text('carrier').trim(), text('trackingNumber').trim(), text('trackingUrl').trim()];
  return { items, ...(carrier && { carrier }), ...(trackingNumber && { trackingNumber }), ...(trackingUrl && { trackingUrl }) };
}

/** `2 × Mug, 1 × Pot`. */
export function shippedPieces(order: Pick<OrderWithTimeline, 'items'>, { items }: Pick<Fulfilment, 'items'>): string {
  const nameOf = (productId: number) => order.items.find((line) => line.productId === productId)?.name ?? `Product ${productId}`;
  return items.map(({ productId, quantity }) => `${quantity} × ${nameOf(productId)}`).join(', ');
}
