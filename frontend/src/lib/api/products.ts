import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from './client';

/** One product, wherever it is shown. */
export function productQuery(id: number) {
  return queryOptions({
    queryKey: ['products', 'one', id],
    queryFn: ({ signal }) => unwrap(api.GET('/api/products/{id}', { params: { path: { id } }, signal })),
  });
}
