import { infiniteQueryOptions, type QueryClient, queryOptions } from '@tanstack/react-query';
import { api, unwrap, unwrapPage } from '@/lib/api/client';
import type { Review } from '@/lib/api/types';

export const SORTS = { newest: 'Newest first', '-rating': 'Highest rated', rating: 'Lowest rated' } as const;
export type ReviewSort = keyof typeof SORTS;

const PAGE = 10;

export function summaryQuery(productId: number) {
  return queryOptions({
    queryKey: ['reviews', productId, 'summary'],
    queryFn: ({ signal }) => unwrap(api.GET('/api/reviews/product/{productId}/summary', { params: { path: { productId } }, signal })),
  });
}

export function reviewsQuery(productId: number, sort: ReviewSort) {
  return infiniteQueryOptions({
    queryKey: ['reviews', productId, 'list', sort],
    queryFn: ({ pageParam, signal }) => {
      const query = { sort, limit: PAGE, ...(pageParam !== '' && { cursor: pageParam }) };
      return unwrapPage(api.GET('/api/reviews/product/{productId}', { params: { path: { productId }, query }, signal }));
    },
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  });
}

/** The user's review of the product, or null. There is at most one. */
export function ownReviewQuery(productId: number, userId: number) {
  return queryOptions({
    queryKey: ['mine', userId, 'review', productId],
    queryFn: async ({ signal }): Promise<Review | null> => {
      const params = { path: { productId }, query: { userId } };
      const [mine] = await unwrap(api.GET('/api/reviews/product/{productId}', { params, signal }));
      return mine ?? null;
    },
  });
}

/** After a review was written, changed or deleted. */
export async function refreshReviews(queries: QueryClient, productId: number, userId: number, mine: Review | null): Promise<void> {
  queries.setQueryData(ownReviewQuery(productId, userId).queryKey, mine);
  await Promise.all([
    queries.invalidateQueries({ queryKey: ['reviews', productId] }),
    // The catalog's rating is updated asynchronously, shortly after.
    queries.invalidateQueries({ queryKey: ['products'], refetchType: 'none' }),
  ]);
}
