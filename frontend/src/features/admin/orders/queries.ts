import { infiniteQueryOptions, keepPreviousData, type QueryClient, queryOptions } from '@tanstack/react-query';
import { api, unwrap, unwrapPage } from '@/lib/api/client';
import type { OrderStatus, ReturnStatus } from '@/lib/api/types';

const PAGE = 25;
const REFRESH_MS = 30_000;

/** The filters in the URL. Absent means all. */
export type Filters = { status?: OrderStatus; user?: number };

export function ordersQuery({ status, user }: Filters) {
  return infiniteQueryOptions({
    queryKey: ['admin', 'orders', 'list', status ?? '', user ?? 0],
    queryFn: ({ pageParam, signal }) => {
      const whose = user === undefined ? { all: true } : { userId: user };
      const query = { ...whose, limit: PAGE, ...(status && { status }), ...(pageParam !== '' && { cursor: pageParam }) };
      return unwrapPage(api.GET('/api/orders', { params: { query }, signal }));
    },
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
}

/** Newest first; without a status, all. */
export function returnsQuery(status: ReturnStatus | undefined) {
  return infiniteQueryOptions({
    queryKey: ['admin', 'orders', 'returns', status ?? ''],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE, ...(status && { status }), ...(pageParam !== '' && { cursor: pageParam }) };
      return unwrapPage(api.GET('/api/orders/returns', { params: { query }, signal }));
    },
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
}

export function orderQuery(id: number) {
  return queryOptions({
    queryKey: ['admin', 'orders', 'one', id],
    queryFn: ({ signal }) => unwrap(api.GET('/api/orders/{id}', { params: { path: { id } }, signal })),
  });
}

export function paymentsQuery(orderId: number) {
  return queryOptions({
    queryKey: ['admin', 'orders', 'payments', orderId],
    queryFn: ({ signal }) => unwrap(api.GET('/api/payments/order/{orderId}', { params: { path: { orderId } }, signal })),
  });
}

/** After a status change or a refund: refreshes orders and stock. */
export async function refreshOrders(queries: QueryClient): Promise<void> {
  await Promise.all([
    queries.invalidateQueries({ queryKey: ['admin'] }),
    queries.invalidateQueries({ queryKey: ['mine'] }),
    queries.invalidateQueries({ queryKey: ['products'], refetchType: 'none' }),
  ]);
}
