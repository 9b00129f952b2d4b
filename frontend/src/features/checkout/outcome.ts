import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '@/lib/api/client';
import type { Order } from '@/lib/api/types';
import { hasSameItems, type OpenPurchase } from './purchase';

/** How far a customer's clock may differ from the API's. */
const MAX_CLOCK_DIFFERENCE_MS = 10 * 60_000;
/** Far more than a customer places within a day. */
const MAX_ORDERS = 50;

const FIRST_RETRY_SECONDS = 3;
const MAX_RETRY_SECONDS = 60;

/** Exponential backoff in seconds, at least `retryAfter`. */
export function retryDelay(failures: number, retryAfter: number | undefined): number {
  const backoff = Math.min(MAX_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** (failures - 1));
  return Math.max(backoff, retryAfter ?? 0);
}

/** The order that an old attempt has probably placed: with the same items and total, and not older. */
export function findPlacedOrder(purchase: Pick<OpenPurchase, 'lines' | 'total' | 'attempt'>, orders: readonly Order[]): Order | undefined {
  const since = purchase.attempt.startedAt - MAX_CLOCK_DIFFERENCE_MS;
  // Not a cancelled one: the saga compensates orders that it could not complete.
  const active = orders.filter(({ status, createdAt }) => status !== 'cancelled' && Date.parse(createdAt) >= since);
  return active.find((order) => order.total === purchase.total && hasSameItems(order, purchase.lines));
}

/** Looks up, without side effects, the outcome of an attempt that is too old to be retried automatically. */
export function outcomeQuery(userId: number, purchase: OpenPurchase) {
  const { attempt, orderId } = purchase;
  return queryOptions({
    queryKey: ['mine', userId, 'purchase', attempt.key, attempt.sentAt],
    queryFn: async ({ signal }): Promise<Order | null> => {
      if (orderId !== undefined) {
        const order = await unwrap(api.GET('/api/orders/{id}', { params: { path: { id: orderId } }, signal }));
        return order.status === 'payment_failed' ? null : order;
      }
      const orders = await unwrap(api.GET('/api/orders', { params: { query: { limit: MAX_ORDERS } }, signal }));
      return findPlacedOrder(purchase, orders) ?? null;
    },
    staleTime: 0,
    refetchOnMount: 'always',
  });
}

/** Newest first. */
export function unpaidOrdersQuery(userId: number) {
  return queryOptions({
    queryKey: ['mine', userId, 'orders', 'unpaid'],
    queryFn: ({ signal }) => unwrap(api.GET('/api/orders', { params: { query: { status: 'payment_failed' } }, signal })),
    refetchOnMount: 'always',
    // Refetches on focus: a payment may have been declined in another tab.
    staleTime: 0,
  });
}
