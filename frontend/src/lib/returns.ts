import type { OrderLine, OrderWithTimeline, Return } from './api/types';

export type ReturnablePieces = Pick<OrderLine, 'productId' | 'name' | 'quantity'>;

/** The returns of an order, oldest first. An API that is being updated may not know them yet. */
export function returnsOf(order: Pick<OrderWithTimeline, 'returns'>): readonly Return[] {
  return (order as Partial<typeof order>).returns ?? [];
}

/** The pieces that were shipped and are in no return. A rejected return does not count. */
export function returnablePieces(order: Pick<OrderWithTimeline, 'items' | 'fulfilments' | 'returns'>): ReturnablePieces[] {
  const shipped = order.fulfilments.flatMap(({ items }) => items);
  const returned = returnsOf(order).flatMap(({ status, items }) => (status === 'rejected' ? [] : items));
  const pieces = (lines: readonly { productId: number; quantity: number }[], id: number) =>
    lines.filter(({ productId }) => productId === id).reduce((sum, { quantity }) => sum + quantity, 0);
  return order.items
    .map(({ productId, name }) => ({ productId, name, quantity: pieces(shipped, productId) - pieces(returned, productId) }))
    .filter(({ quantity }) => quantity > 0);
}

/** What an entry of a timeline says about a return or a refund: its status is then only the order's at that time. */
export function returnOrRefund(detail: string | null | undefined): string | undefined {
  return detail && /^(return|refund)/i.test(detail) ? detail : undefined;
}
