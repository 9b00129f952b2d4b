import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { ButtonLink } from '@/components/ui/Button';
import { Picture } from '@/components/ui/Picture';
import { Empty, Failed, Loading, Notice, Skeleton } from '@/components/ui/State';
import { productQuery } from '@/lib/api/products';
import { toProblem } from '@/lib/api/problem';
import type { Line, OrderWithTimeline } from '@/lib/api/types';
import { formatMoney, lineTotal } from '@/lib/money';
import { Cancel } from './Cancel';
import { Payments } from './Payments';
import { orderQuery } from './queries';
import { mayBeCancelled } from './status';
import { StatusWord } from './StatusWord';
import { Timeline } from './Timeline';
import styles from './orders.module.css';

type Given = {
  userId: number;
  id: number;
  /** It was placed a moment ago. */
  isNew: boolean;
  /** How an order is paid whose card was declined. */
  payAgain: (order: OrderWithTimeline) => ReactNode;
};

export function OrderView({ userId, id, isNew, payAgain }: Given) {
  const { data: order, error, isPending, refetch } = useQuery(orderQuery(userId, id));
  if (isPending) {
    return (
      <Loading what="the order">
        <Skeleton lines={8} />
      </Loading>
    );
  }
  if (!order && toProblem(error).status === 404) {
    return (
      <Empty icon="package" title="Order not found">
        <ButtonLink to="/orders">Your orders</ButtonLink>
      </Empty>
    );
  }
  if (!order) return <Failed error={error} onRetry={() => void refetch()} />;
  return (
    <div className={styles.order}>
      <div className={styles.main}>
        {isNew && order.status === 'confirmed' && (
          <Notice tone="good">
            <strong>Thank you! Your order is confirmed.</strong>
            <span>You can find it here and in your notifications.</span>
          </Notice>
        )}
        {order.status === 'payment_failed' && payAgain(order)}
        <ul role="list" aria-label="Items" className={styles.lines}>
          {order.items.map((line) => (
            <li key={line.productId}>
              <Bought line={line} />
            </li>
          ))}
        </ul>
        <p className={styles.total}>
          <span>Total</span> <strong>{formatMoney(order.total)}</strong>
        </p>
        <Payments userId={userId} orderId={id} />
      </div>
      <aside aria-label="Order status" className={styles.side}>
        <StatusWord status={order.status} />
        <Timeline order={order} />
        {mayBeCancelled(order.status) && <Cancel order={order} />}
      </aside>
    </div>
  );
}

function Bought({ line }: { line: Line }) {
  const product = useQuery(productQuery(line.productId));
  const gone = toProblem(product.error).status === 404;
  return (
    <div className={styles.line}>
      <Picture src={product.data?.image} name={line.name} alt="" />
      <p>
        {gone ? <strong>{line.name}</strong> : <Link to={`/products/${line.productId}`}>{line.name}</Link>}
        <br />
        <span className={styles.soft}>
          {line.quantity} × {formatMoney(line.price)}
        </span>
      </p>
      <strong>{formatMoney(lineTotal(line.price, line.quantity))}</strong>
    </div>
  );
}
