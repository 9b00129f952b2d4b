import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { EmptyState } from '@/components/ui/State';
import type { Notification } from '@/lib/api/types';
import { formatDateTime } from '@/lib/dates';
import { Badge } from '../components/Badge';
import { PagedList } from '../components/PagedList';
import styles from './Messages.module.css';
import { sentMessagesQuery } from './queries';

/** All messages to a customer, automatic ones included. */
export function SentMessages({ userId }: { userId: number }) {
  const list = useInfiniteQuery(sentMessagesQuery(userId));
  return (
    <PagedList query={list} singular="message" empty={<EmptyState icon="bell" title="No messages yet" />}>
      {(messages) => (
        <ul role="list" className={styles.list}>
          {messages.map((one) => (
            <li key={one.id}>
              <p className={styles.header}>
                <strong>{one.subject}</strong> <State of={one} />
              </p>
              <p className={styles.message}>{one.message}</p>
              <p className={styles.muted}>
                <time dateTime={one.createdAt}>{formatDateTime(one.createdAt)}</time>
                {one.orderId !== undefined && one.orderId !== null && <Link to={`/admin/orders/${one.orderId}`}>Order {one.orderId}</Link>}
              </p>
            </li>
          ))}
        </ul>
      )}
    </PagedList>
  );
}

function State({ of: { status, readAt } }: { of: Notification }) {
  if (status === 'failed') return <Badge tone="bad">Not delivered</Badge>;
  if (status === 'queued') return <Badge tone="note">Queued</Badge>;
  return readAt ? <Badge tone="plain">Read</Badge> : <Badge tone="good">Sent</Badge>;
}
