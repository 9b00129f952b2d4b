import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, firstFilledPage, unwrap, unwrapPage } from '@/lib/api/client';
import { type Filters, toApiQuery, toSearchParams } from './filters';

/** Fills whole rows of two, three and four columns. */
const PAGE = 24;
/** The homepage needs only one request. */
const SHOWCASE_LIMIT = 100;

/** Keeps the last results while a search loads, so that the list does not flicker. */
export function catalogQuery(filters: Filters) {
  return infiniteQueryOptions({
    queryKey: ['products', 'list', toSearchParams(filters).toString()],
    queryFn: ({ pageParam, signal }) =>
      firstFilledPage(pageParam, (cursor) =>
        unwrapPage(
          api.GET('/api/products', {
            params: { query: { ...toApiQuery(filters), limit: PAGE, ...(cursor !== '' && { cursor }) } },
            signal,
          }),
        ),
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
  });
}

export function productRowQuery(filters: Filters, limit: number) {
  return queryOptions({
    queryKey: ['products', 'shelf', toSearchParams(filters).toString(), limit],
    queryFn: ({ signal }) => unwrap(api.GET('/api/products', { params: { query: { ...toApiQuery(filters), limit } }, signal })),
  });
}

/** The newest products. */
export const showcaseQuery = productRowQuery({}, SHOWCASE_LIMIT);

export const categoriesQuery = queryOptions({
  queryKey: ['products', 'categories'],
  queryFn: ({ signal }) => unwrap(api.GET('/api/products/categories', { signal })),
  staleTime: 60_000,
});
