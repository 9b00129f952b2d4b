import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '@/lib/api/client';
import type { User } from '@/lib/api/types';
import { batched } from './batched';

/** Names rarely change, and lists show many of them. */
const FRESH_MS = 5 * 60_000;
/** The API's maximum. */
const MAX_IDS = 100;

/** The users that are asked for while a page is drawn, with one request. */
const findUser = batched<number, User>(MAX_IDS, async (ids) => {
  const users = await unwrap(api.GET('/api/users', { params: { query: { ids: ids.join(',') } } }));
  return new Map(users.map((user) => [user.id, user]));
});

/** Null if there is no such user. */
export function userQuery(id: number) {
  return queryOptions({
    queryKey: ['admin', 'person', id],
    queryFn: () => findUser(id),
    staleTime: FRESH_MS,
  });
}
