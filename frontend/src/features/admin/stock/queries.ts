import { infiniteQueryOptions, type QueryClient, queryOptions } from '@tanstack/react-query';
import { api, unwrap, unwrapPage } from '@/lib/api/client';

const PAGE = 25;
const REFRESH_MS = 10_000;

export function stockQuery(productId: number) {
  return queryOptions({
    queryKey: ['admin', 'stock', productId, 'now'],
    queryFn: async ({ signal }) => {
      let etag: string | null = null;
      const request = api.GET('/api/inventory/{productId}', { params: { path: { productId } }, cache: 'no-store', signal });
      const stock = await unwrap(request.then((result) => ((etag = result.response.headers.get('etag')), result)));
      return { stock, etag: etag as string | null };
    },
    refetchInterval: REFRESH_MS,
  });
}

export function ledgerQuery(productId: number) {
  return infiniteQueryOptions({
    queryKey: ['admin', 'stock', productId, 'ledger'],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE, ...(pageParam !== '' && { cursor: pageParam }) };
      return unwrapPage(api.GET('/api/inventory/{productId}/ledger', { params: { path: { productId }, query }, signal }));
    },
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  });
}

/** After a stock change. The catalog is updated asynchronously, shortly after. */
export async function refreshStock(queries: QueryClient, productId: number): Promise<void> {
  await Promise.all([
    queries.invalidateQueries({ queryKey: ['admin', 'stock', productId] }),
    queries.invalidateQueries({ queryKey: ['products'], refetchType: 'none' }),
  ]);
}
