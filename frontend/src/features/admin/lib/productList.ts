import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query';
import { api, firstFilledPage, unwrapPage } from '@/lib/api/client';
import type { paths } from '@/lib/api/schema.gen';

type Query = NonNullable<paths['/api/products']['get']['parameters']['query']>;

const PAGE = 30;

export function productListQuery(q: string, sort: NonNullable<Query['sort']> = 'newest') {
  return infiniteQueryOptions({
    queryKey: ['products', 'table', q, sort],
    queryFn: ({ pageParam, signal }) =>
      firstFilledPage(pageParam, (cursor) => {
        const query = { sort, limit: PAGE, ...(q !== '' && { q }), ...(cursor !== '' && { cursor }) };
        return unwrapPage(api.GET('/api/products', { params: { query }, signal }));
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    // Keeps the last results while a search loads, so that the list does not flicker.
    placeholderData: keepPreviousData,
  });
}
