import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, unwrap, unwrapPage } from '@/lib/api/client';
import type { OrderStatus } from '@/lib/api/types';

const PAGE = 20;
/** Refetch intervals of an order: while it is being placed, and until it is delivered. */
const PLACING_REFETCH_MS = 2_000;
const OPEN_REFETCH_MS = 20_000;

export function ordersQuery(userId: number) {
  return infiniteQueryOptions({
    queryKey: ['mine', userId, 'orders', 'list'],
    queryFn: ({ pageParam, signal }) =>
      unwrapPage(api.GET('/api/orders', { params: { query: { limit: PAGE, ...(pageParam !== '' && { cursor: pageParam }) } }, signal })),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    refetchOnMount: 'always',
  });
}

export function orderQuery(userId: number, id: number) {
  return queryOptions({
    queryKey: ['mine', userId, 'orders', id],
    queryFn: ({ signal }) => unwrap(api.GET('/api/orders/{id}', { params: { path: { id } }, signal })),
    refetchOnMount: 'always',
    refetchInterval: ({ state }) => (state.data ? refetchIntervalOf(state.data.status) : false),
  });
}

/** An order by its link, without a session. */
export function linkedOrderQuery(id: number, key: string) {
  return queryOptions({
    queryKey: ['linked order', id, key],
    queryFn: ({ signal }) => unwrap(api.GET('/api/orders/{id}', { params: { path: { id }, query: { key } }, signal })),
    refetchOnMount: 'always',
    refetchInterval: ({ state }) => (state.data ? refetchIntervalOf(state.data.status) : false),
  });
}

function refetchIntervalOf(status: OrderStatus): number | false {
  if (status === 'pending') return PLACING_REFETCH_MS;
  return status === 'confirmed' || status === 'partially_shipped' || status === 'shipped' ? OPEN_REFETCH_MS : false;
}

export function paymentsQuery(userId: number, orderId: number) {
  return queryOptions({
    queryKey: ['mine', userId, 'orders', orderId, 'payments'],
    queryFn: ({ signal }) => unwrap(api.GET('/api/payments/order/{orderId}', { params: { path: { orderId } }, signal })),
    refetchOnMount: 'always',
  });
}
