import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { Listing } from '../components/Listing';
import { Mark } from '../components/Mark';
import { Empty } from '@/components/ui/State';
import type { Notification } from '@/lib/api/types';
import { formatDateTime } from '@/lib/dates';
import styles from './Messages.module.css';
import { toldQuery } from './queries';

/** What somebody was told, by hand and by their orders. */
export function Told({ userId }: { userId: number }) {
  const list = useInfiniteQuery(toldQuery(userId));
  return (
    <Listing of={list} one="message" empty={<Empty icon="bell" title="No messages yet" />}>
      {(messages) => (
        <ul role="list" className={styles.list}>
          {messages.map((one) => (
            <li key={one.id}>
              <p className={styles.head}>
                <strong>{one.subject}</strong> <State of={one} />
              </p>
              <p className={styles.message}>{one.message}</p>
              <p className={styles.soft}>
                <time dateTime={one.createdAt}>{formatDateTime(one.createdAt)}</time>
                {one.orderId !== undefined && one.orderId !== null && <Link to={`/admin/orders/${one.orderId}`}>Order {one.orderId}</Link>}
              </p>
            </li>
          ))}
        </ul>
      )}
    </Listing>
  );
}

function State({ of: { status, readAt } }: { of: Notification }) {
  if (status === 'failed') return <Mark tone="bad">Not delivered</Mark>;
  if (status === 'queued') return <Mark tone="note">Queued</Mark>;
  return readAt ? <Mark tone="plain">Read</Mark> : <Mark tone="good">Sent</Mark>;
}
