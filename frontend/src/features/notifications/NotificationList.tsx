import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { Button } from '@/components/ui/Button';
import { EmptyState, LoadError, Loading, Skeleton } from '@/components/ui/State';
import { showToast } from '@/components/ui/Toasts';
import { problemMessage } from '@/lib/api/problem';
import type { Notification } from '@/lib/api/types';
import { formatRelativeTime } from '@/lib/dates';
import styles from './notifications.module.css';
import { isUnread, markRead, notificationsQuery } from './queries';

export function NotificationList({ userId }: { userId: number }) {
  const queries = useQueryClient();
  const list = useInfiniteQuery(notificationsQuery(userId));
  const [now] = useState(() => Date.now());
  const mark = useMutation({
    mutationFn: (notifications: readonly Notification[]) => markRead(queries, userId, notifications),
    onError: (error) => showToast(problemMessage(error), 'bad'),
  });
  const all = list.data?.pages.flatMap((page) => page.items) ?? [];
  const unread = all.filter(isUnread);
  if (list.isPending) {
    return (
      <Loading what="your notifications">
        <Skeleton lines={8} />
      </Loading>
    );
  }
  if (list.isError && all.length === 0) return <LoadError error={list.error} onRetry={() => void list.refetch()} />;
  if (all.length === 0) {
    return (
      <EmptyState icon="bell" title="No notifications yet">
        <p>We’ll let you know here when the status of an order changes.</p>
      </EmptyState>
    );
  }
  return (
    <>
      <div className={styles.bar}>
        <p role="status">{unread.length === 0 ? 'No unread notifications' : `${unread.length} unread`}</p>
        {unread.length > 0 && (
          <Button size="s" loading={mark.isPending} onClick={() => mark.mutate(unread)}>
            Mark all as read
          </Button>
        )}
      </div>
      <ul role="list" aria-label="Notifications, newest first" className={styles.list}>
        {all.map((one) => (
          <li key={one.id} className={styles.notification} data-unread={isUnread(one) || undefined}>
            <OneNotification one={one} now={now} markRead={() => mark.mutate([one])} />
          </li>
        ))}
      </ul>
      {list.hasNextPage && (
        <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          Older notifications
        </Button>
      )}
    </>
  );
}

function OneNotification({ one, now, markRead: mark }: { one: Notification; now: number; markRead: () => void }) {
  return (
    <article aria-label={one.subject}>
      <p className={styles.subject}>
        {isUnread(one) && <span className="visually-hidden">Unread: </span>}
        {one.subject}
      </p>
      <p className={styles.message}>{one.message}</p>
      <p className={styles.footer}>
        <time dateTime={one.createdAt}>{formatRelativeTime(one.createdAt, Math.max(now, Date.parse(one.createdAt)))}</time>
        {one.orderId != null && (
          <Link to={`/orders/${one.orderId}`} onClick={() => isUnread(one) && mark()}>
            View order {one.orderId}
          </Link>
        )}
        {isUnread(one) && (
          <button type="button" className={styles.markRead} onClick={mark}>
            Mark as read<span className="visually-hidden">: {one.subject}</span>
          </button>
        )}
      </p>
    </article>
  );
}
