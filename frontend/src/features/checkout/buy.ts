import { api, ok } from '@/lib/api/client';
import { Problem } from '@/lib/api/problem';
import type { Order, Payment } from '@/lib/api/types';
import { once } from '@/lib/once';

/** What is bought: product, number, and what it costs on this page. */
export type Piece = { productId: number; quantity: number };
export type Wish = { userId: number; items: readonly Piece[]; total: number; method: string };

/** Places an order. */
export function placeOrder({ userId, items, total, method }: Wish): Promise<Order> {
  const pieces = items.map(({ productId, quantity }) => ({ productId, quantity }));
  const body = { items: pieces, total, payment: { method } };
  return once(`order ${userId} ${JSON.stringify(body)}`, (key) =>
    ok(api.POST('/api/orders', { params: { header: { 'Idempotency-Key': key } }, body })),
  );
}

/** Pays an order whose card was declined. That it is paid already is what was wanted. */
export async function payAgain(orderId: number, method: string): Promise<Payment | undefined> {
  try {
    return await once(`pay ${orderId} ${method}`, (key) =>
      ok(api.POST('/api/payments', { params: { header: { 'Idempotency-Key': key } }, body: { orderId, method } })),
    );
  } catch (error) {
    if (error instanceof Problem && error.code === 'already_paid') return undefined;
    throw error;
  }
}

/** Whether an order holds just what is wanted: then paying it is better than placing a second one. */
export function isFor(order: Order, items: readonly Piece[], total: number): boolean {
  const same = items.every(({ productId, quantity }) =>
    order.items.some((line) => line.productId === productId && line.quantity === quantity),
  );
  return order.total === total && order.items.length === items.length && same;
}
