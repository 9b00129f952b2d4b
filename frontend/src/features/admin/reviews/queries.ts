import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, unwrap, unwrapPage } from '@/lib/api/client';

export const SORTS = { newest: 'Newest first', rating: 'Lowest rated', '-rating': 'Highest rated' } as const;
export type ReviewSort = keyof typeof SORTS;

const PAGE = 20;

/** The key begins like that of the shop's list, so that both are invalidated together. */
export function reviewsQuery(productId: number, sort: ReviewSort) {
  return infiniteQueryOptions({
    queryKey: ['reviews', productId, 'admin', sort],
    queryFn: ({ pageParam, signal }) => {
      const query = { sort, limit: PAGE, ...(pageParam !== '' && { cursor: pageParam }) };
      return unwrapPage(api.GET('/api/reviews/product/{productId}', { params: { path: { productId }, query }, signal }));
    },
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  });
}

export function summaryQuery(productId: number) {
  return queryOptions({
    queryKey: ['reviews', productId, 'summary'],
    queryFn: ({ signal }) => unwrap(api.GET('/api/reviews/product/{productId}/summary', { params: { path: { productId } }, signal })),
  });
}
