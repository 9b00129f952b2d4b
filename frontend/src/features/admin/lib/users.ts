import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '@/lib/api/client';
import { Problem } from '@/lib/api/problem';

/** Names change rarely, and a list asks for many of them. */
const FRESH_MS = 5 * 60_000;

/** Somebody's account, null where there is none. */
export function userQuery(id: number) {
  return queryOptions({
    queryKey: ['admin', 'person', id],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/users/{id}', { params: { path: { id } }, signal })).catch((error: unknown) => {
        if (error instanceof Problem && error.status === 404) return null;
        throw error;
      }),
    staleTime: FRESH_MS,
  });
}
