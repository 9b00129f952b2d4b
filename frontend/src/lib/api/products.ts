import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from './client';

export function productQuery(id: number) {
  return queryOptions({
    queryKey: ['products', 'one', id],
    queryFn: ({ signal }) => unwrap(api.GET('/api/products/{id}', { params: { path: { id } }, signal })),
  });
}
