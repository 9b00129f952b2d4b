import { infiniteQueryOptions, type QueryClient, queryOptions } from '@tanstack/react-query';
import { api, unwrap, unwrapPage } from '@/lib/api/client';
import type { Review } from '@/lib/api/types';

export const SORTS = { newest: 'Newest first', '-rating': 'Highest rated', rating: 'Lowest rated' } as const;
export type ReviewSort = keyof typeof SORTS;

const PAGE = 10;
/** The API cannot filter reviews by user, so `ownReviewQuery` searches this many pages. */
const MAX_PAGES = 10;

export function summaryQuery(productId: number) {
  return queryOptions({
    queryKey: ['reviews', productId, 'summary'],
    queryFn: ({ signal }) => unwrap(api.GET('/api/reviews/product/{productId}/summary', { params: { path: { productId } }, signal })),
  });
}

function pageOf(productId: number, sort: ReviewSort, limit: number, cursor: string, signal: AbortSignal) {
  const query = { sort, limit, ...(cursor !== '' && { cursor }) };
  return unwrapPage(api.GET('/api/reviews/product/{productId}', { params: { path: { productId }, query }, signal }));
}

export function reviewsQuery(productId: number, sort: ReviewSort) {
  return infiniteQueryOptions({
    queryKey: ['reviews', productId, 'list', sort],
    queryFn: ({ pageParam, signal }) => pageOf(productId, sort, PAGE, pageParam, signal),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  });
}

/** The user's review of the product, or null. There is at most one. */
export function ownReviewQuery(productId: number, userId: number) {
  return queryOptions({
    queryKey: ['mine', userId, 'review', productId],
    queryFn: async ({ signal }): Promise<Review | null> => {
      let cursor = '';
      for (let read = 0; read < MAX_PAGES; read++) {
        const { items, next } = await pageOf(productId, 'newest', 100, cursor, signal);
        const mine = items.find((review) => review.userId === userId);
        if (mine) return mine;
        if (next === undefined) break;
        cursor = next;
      }
      return null;
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
