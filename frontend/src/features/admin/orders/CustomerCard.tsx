import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { Facts, Panel } from '../components/Panel';
import { Failed, Loading, Skeleton } from '@/components/ui/State';
import type { OrderWithTimeline } from '@/lib/api/types';
import { personQuery } from '../lib/people';
import { formatDate } from '@/lib/dates';
import styles from './Orders.module.css';

/** Who ordered, and the ways to them. */
export function CustomerCard({ order }: { order: OrderWithTimeline }) {
  const { data, error, isPending, refetch } = useQuery(personQuery(order.userId));
  return (
    <Panel title="Customer">
      {isPending && (
        <Loading what="the customer">
          <Skeleton lines={3} />
        </Loading>
      )}
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {data && (
        <Facts
          of={[
            ['Name', data.name],
            ['Customer ID', data.id],
            ['Email', data.email],
            ['Customer since', formatDate(data.createdAt)],
          ]}
        />
      )}
      {data === null && <p>Customer {order.userId} no longer has an account.</p>}
      <p className={styles.links}>
        <Link to={`/admin/orders?user=${order.userId}`}>All orders</Link>
        <Link to={`/admin/messages?user=${order.userId}&order=${order.id}`}>Send message</Link>
      </p>
    </Panel>
  );
}
