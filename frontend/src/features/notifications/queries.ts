import { infiniteQueryOptions, type QueryClient, queryOptions } from '@tanstack/react-query';
import { api, expectSuccess, unwrapPage } from '@/lib/api/client';
import type { Notification } from '@/lib/api/types';

const PAGE = 25;
/** The badge counts the unread ones among this many. */
const NEWEST = 100;
const POLL_MS = 30_000;

function read(userId: number, limit: number, cursor: string, signal: AbortSignal) {
  const query = { limit, ...(cursor !== '' && { cursor }) };
  return unwrapPage(api.GET('/api/notifications/user/{userId}', { params: { path: { userId }, query }, signal }));
}

export function unreadQuery(userId: number) {
  return queryOptions({
    queryKey: ['mine', userId, 'notifications', 'unread'],
    queryFn: async ({ signal }) => (await read(userId, NEWEST, '', signal)).items.filter(isUnread).length,
    refetchInterval: POLL_MS,
  });
}

export function notificationsQuery(userId: number) {
  return infiniteQueryOptions({
    queryKey: ['mine', userId, 'notifications', 'list'],
    queryFn: ({ pageParam, signal }) => read(userId, PAGE, pageParam, signal),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    refetchOnMount: 'always',
    refetchInterval: POLL_MS,
  });
}

export function isUnread(notification: Notification): boolean {
  return notification.readAt == null;
}

export async function markRead(queries: QueryClient, userId: number, notifications: readonly Notification[]): Promise<void> {
  try {
    for (const { id } of notifications.filter(isUnread)) {
      await expectSuccess(api.PUT('/api/notifications/{id}/read', { params: { path: { id } } }));
    }
  } finally {
    await queries.invalidateQueries({ queryKey: ['mine', userId, 'notifications'] });
  }
}
