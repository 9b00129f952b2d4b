import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { LoadError, Loading, Skeleton } from '@/components/ui/State';
import type { OrderWithTimeline } from '@/lib/api/types';
import { formatDate } from '@/lib/dates';
import { hasAccount } from '@/lib/session';
import { DefinitionList, Panel } from '../components/Panel';
import { userQuery } from '../lib/users';
import styles from './Orders.module.css';

export function CustomerCard({ order }: { order: OrderWithTimeline }) {
  const { data, error, isPending, refetch } = useQuery(userQuery(order.userId));
  return (
    <Panel title="Customer">
      {isPending && (
        <Loading what="the customer">
          <Skeleton lines={3} />
        </Loading>
      )}
      {error && <LoadError error={error} onRetry={() => void refetch()} />}
      {data && (
        <DefinitionList
          entries={[
            ['Name', data.name],
            [hasAccount(data) ? 'Customer ID' : 'Guest ID', data.id],
            ['Email', data.email],
            [hasAccount(data) ? 'Customer since' : 'Guest since', formatDate(data.createdAt)],
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
