import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '@/lib/api/client';
import type { Order } from '@/lib/api/types';
import { hasSameItems, type OpenPurchase } from './purchase';

/** Customers' clocks differ from the shop's by this much at most, or they judge by themselves. */
const MAX_CLOCK_DIFFERENCE_MS = 10 * 60_000;
/** Far more than one customer places within a day. */
const MAX_ORDERS = 50;

/** The waits between two questions for an outcome: short at first, a minute at most. */
const FIRST_PAUSE_SECONDS = 3;
const LONGEST_PAUSE_SECONDS = 60;

/** After how many seconds it is asked again, after so many questions in vain. */
export function retryDelay(failures: number, retryAfter: number | undefined): number {
  const doubled = Math.min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (failures - 1));
  return Math.max(doubled, retryAfter ?? 0);
}

/** The order that an old attempt to place one has probably led to: of the same content, and not older. */
export function findPlacedOrder(purchase: Pick<OpenPurchase, 'lines' | 'total' | 'attempt'>, orders: readonly Order[]): Order | undefined {
  const since = purchase.attempt.startedAt - MAX_CLOCK_DIFFERENCE_MS;
  // A cancelled one is none: the shop undoes what it could not finish.
  const standing = orders.filter(({ status, createdAt }) => status !== 'cancelled' && Date.parse(createdAt) >= since);
  return standing.find((order) => order.total === purchase.total && hasSameItems(order, purchase.lines));
}

/** Looks without touching anything: what there is of an attempt that is too old to be sent again by itself. */
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

/** The customer's orders that wait for a payment, newest first. */
export function unpaidOrdersQuery(userId: number) {
  return queryOptions({
    queryKey: ['mine', userId, 'orders', 'unpaid'],
    queryFn: ({ signal }) => unwrap(api.GET('/api/orders', { params: { query: { status: 'payment_failed' } }, signal })),
    refetchOnMount: 'always',
    // A tab that is gone back to asks again: another one may have been declined.
    staleTime: 0,
  });
}
