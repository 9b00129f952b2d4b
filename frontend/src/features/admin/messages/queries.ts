import { infiniteQueryOptions } from '@tanstack/react-query';
import { api, unwrapPage } from '@/lib/api/client';

const PAGE = 20;

export function sentMessagesQuery(userId: number) {
  return infiniteQueryOptions({
    queryKey: ['admin', 'messages', userId],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE, ...(pageParam !== '' && { cursor: pageParam }) };
      return unwrapPage(api.GET('/api/notifications/user/{userId}', { params: { path: { userId }, query }, signal }));
    },
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  });
}
