import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, unwrap, unwrapPage } from '@/lib/api/client';
import { type Filters, toApiQuery, toSearchParams } from './filters';

/** A page of the catalogue: whole rows at two, three and four columns. */
const PAGE = 24;
/** What the home page is made of, in one request. */
const WINDOW = 100;

/** What was shown stays until the next answer is there: searching does not flicker. */
export function catalogQuery(filters: Filters) {
  return infiniteQueryOptions({
    queryKey: ['products', 'list', toSearchParams(filters).toString()],
    queryFn: ({ pageParam, signal }) =>
      unwrapPage(
        api.GET('/api/products', {
          params: { query: { ...toApiQuery(filters), limit: PAGE, ...(pageParam !== '' && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
  });
}

/** A row of products. */
export function productRowQuery(filters: Filters, limit: number) {
  return queryOptions({
    queryKey: ['products', 'shelf', toSearchParams(filters).toString(), limit],
    queryFn: ({ signal }) => unwrap(api.GET('/api/products', { params: { query: { ...toApiQuery(filters), limit } }, signal })),
  });
}

export const showcaseQuery = productRowQuery({}, WINDOW);

export const categoriesQuery = queryOptions({
  queryKey: ['products', 'categories'],
  queryFn: ({ signal }) => unwrap(api.GET('/api/products/categories', { signal })),
  staleTime: 60_000,
});
