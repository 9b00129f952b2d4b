import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '@/lib/api/client';
import { Problem } from '@/lib/api/problem';

/** Names rarely change, and lists show many of them. */
const FRESH_MS = 5 * 60_000;

/** Null if there is no such user. */
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
