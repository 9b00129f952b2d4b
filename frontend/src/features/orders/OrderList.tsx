import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { Button, ButtonLink } from '@/components/ui/Button';
import { EmptyState, LoadError, Loading, Skeleton } from '@/components/ui/State';
import type { Order } from '@/lib/api/types';
import { formatDate } from '@/lib/dates';
import { formatMoney } from '@/lib/money';
import styles from './OrderList.module.css';
import { OrderStatusBadge } from './OrderStatusBadge';
import { ordersQuery } from './queries';

export function OrderList({ userId }: { userId: number }) {
  const list = useInfiniteQuery(ordersQuery(userId));
  const orders = list.data?.pages.flatMap((page) => page.items) ?? [];
  if (list.isPending) {
    return (
      <Loading what="your orders">
        <div className={styles.list}>
          {[1, 2, 3].map((row) => (
            <Skeleton key={row} className={styles.placeholder} />
          ))}
        </div>
      </Loading>
    );
  }
  if (list.isError && orders.length === 0) return <LoadError error={list.error} onRetry={() => void list.refetch()} />;
  if (orders.length === 0) {
    return (
      <EmptyState icon="package" title="No orders yet">
        <p>Your orders and their status will appear here.</p>
        <ButtonLink to="/products" variant="primary">
          Browse products
        </ButtonLink>
      </EmptyState>
    );
  }
  return (
    <>
      <ul role="list" className={styles.list} aria-label="Your orders, newest first">
        {orders.map((order) => (
          <li key={order.id}>
            <Row order={order} />
          </li>
        ))}
      </ul>
      {list.hasNextPage && (
        <div className={styles.more}>
          <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Older orders
          </Button>
        </div>
      )}
    </>
  );
}

function Row({ order }: { order: Order }) {
  return (
    <article className={styles.row}>
      <div className={styles.rowHeader}>
        <h2 className={styles.number}>
          <Link to={`/orders/${order.id}`} className={styles.link}>
            Order {order.id}
          </Link>
        </h2>
        <OrderStatusBadge status={order.status} />
      </div>
      <p className={styles.items}>{order.items.map((line) => `${line.quantity} × ${line.name}`).join(', ')}</p>
      <p className={styles.rowFooter}>
        <time dateTime={order.createdAt}>{formatDate(order.createdAt)}</time>
        <strong>{formatMoney(order.total, order.currency)}</strong>
      </p>
    </article>
  );
}
