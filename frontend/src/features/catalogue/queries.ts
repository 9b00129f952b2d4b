import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, unwrap, unwrapPage } from '@/lib/api/client';
import { type Filters, paramsOf, queryOf } from './filters';

/** A page of the catalogue: whole rows at two, three and four columns. */
const PAGE = 24;
/** What the home page is made of, in one request. */
const WINDOW = 100;

/** What was shown stays until the next answer is there: searching does not flicker. */
export function catalogueQuery(filters: Filters) {
  return infiniteQueryOptions({
    queryKey: ['products', 'list', paramsOf(filters).toString()],
    queryFn: ({ pageParam, signal }) =>
      unwrapPage(
        api.GET('/api/products', {
          params: { query: { ...queryOf(filters), limit: PAGE, ...(pageParam !== '' && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
  });
}

/** A row of products. */
export function shelfQuery(filters: Filters, limit: number) {
  return queryOptions({
    queryKey: ['products', 'shelf', paramsOf(filters).toString(), limit],
    queryFn: ({ signal }) => unwrap(api.GET('/api/products', { params: { query: { ...queryOf(filters), limit } }, signal })),
  });
}

export const windowQuery = shelfQuery({}, WINDOW);

export const categoriesQuery = queryOptions({
  queryKey: ['products', 'categories'],
  queryFn: ({ signal }) => unwrap(api.GET('/api/products/categories', { signal })),
  staleTime: 60_000,
});
