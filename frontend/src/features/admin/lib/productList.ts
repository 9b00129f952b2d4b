import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query';
import { api, unwrapPage } from '@/lib/api/client';
import type { paths } from '@/lib/api/schema.gen';

type Query = NonNullable<paths['/api/products']['get']['parameters']['query']>;

const PAGE = 30;

/** The catalogue as the back office lists it: by a few words, in an order. */
export function productListQuery(q: string, sort: NonNullable<Query['sort']> = 'newest') {
  return infiniteQueryOptions({
    queryKey: ['products', 'goods', q, sort],
    queryFn: ({ pageParam, signal }) => {
      const query = { sort, limit: PAGE, ...(q !== '' && { q }), ...(pageParam !== '' && { cursor: pageParam }) };
      return unwrapPage(api.GET('/api/products', { params: { query }, signal }));
    },
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    // What was found stays until the next answer is there: searching does not flicker.
    placeholderData: keepPreviousData,
  });
}
