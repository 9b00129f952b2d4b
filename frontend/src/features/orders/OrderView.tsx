import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { ButtonLink } from '@/components/ui/Button';
import { MoneyLines } from '@/components/ui/MoneyLines';
import { PostalAddress } from '@/components/ui/PostalAddress';
import { ProductImage } from '@/components/ui/ProductImage';
import { EmptyState, LoadError, Loading, Notice, Skeleton } from '@/components/ui/State';
import { toProblem } from '@/lib/api/problem';
import { productQuery } from '@/lib/api/products';
import type { OrderLine, OrderWithTimeline } from '@/lib/api/types';
import { formatMoney, lineTotal } from '@/lib/money';
import { CancelOrder } from './CancelOrder';
import styles from './orders.module.css';
import { OrderStatusBadge } from './OrderStatusBadge';
import { Payments } from './Payments';
import { orderQuery } from './queries';
import { Shipments } from './Shipments';
import { canCancel } from './status';
import { Timeline } from './Timeline';

type Props = {
  userId: number;
  id: number;
  /** The order was just placed. */
  isNew: boolean;
  /** The form that pays an order whose payment was declined. */
  retryPayment: (order: OrderWithTimeline) => ReactNode;
};

export function OrderView({ userId, id, isNew, retryPayment }: Props) {
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
      <EmptyState icon="package" title="Order not found">
        <ButtonLink to="/orders">Your orders</ButtonLink>
      </EmptyState>
    );
  }
  if (!order) return <LoadError error={error} onRetry={() => void refetch()} />;
  return (
    <div className={styles.order}>
      <div className={styles.main}>
        {isNew && order.status === 'confirmed' && (
          <Notice tone="good">
            <strong>Thank you! Your order is confirmed.</strong>
            <span>You can find it here and in your notifications.</span>
          </Notice>
        )}
        {order.status === 'payment_failed' && retryPayment(order)}
        <ul role="list" aria-label="Items" className={styles.lines}>
          {order.items.map((line) => (
            <li key={line.productId}>
              <OrderItem line={line} currency={order.currency} />
            </li>
          ))}
        </ul>
        <div className={styles.bill}>
          <MoneyLines bill={order} />
        </div>
        <Delivery order={order} />
        <Shipments order={order} />
        <Payments userId={userId} orderId={id} currency={order.currency} />
      </div>
      <aside aria-label="Order status" className={styles.sidebar}>
        <OrderStatusBadge status={order.status} />
        <Timeline order={order} />
        {canCancel(order.status) && <CancelOrder order={order} />}
      </aside>
    </div>
  );
}

/** Where the order goes, and where its mail goes. Orders of clients that know no addresses have neither. */
function Delivery({ order: { shippingAddress, email } }: { order: OrderWithTimeline }) {
  if (!shippingAddress && !email) return null;
  return (
    <section aria-labelledby="delivery" className={styles.delivery}>
      <h2 id="delivery">Delivery</h2>
      {shippingAddress && <PostalAddress address={shippingAddress} />}
      {email && <p className={styles.muted}>Updates go to {email}</p>}
    </section>
  );
}

function OrderItem({ line, currency }: { line: OrderLine; currency: string }) {
  const product = useQuery(productQuery(line.productId));
  const isDeleted = toProblem(product.error).status === 404;
  return (
    <div className={styles.line}>
      <ProductImage src={product.data?.image} name={line.name} alt="" />
      <p>
        {isDeleted ? <strong>{line.name}</strong> : <Link to={`/products/${line.productId}`}>{line.name}</Link>}
        <br />
        <span className={styles.muted}>
          {line.quantity} × {formatMoney(line.price, currency)}
        </span>
        {line.discount > 0 && (
          <>
            <br />
            <span className={styles.muted}>Discount {formatMoney(-line.discount, currency)}</span>
          </>
        )}
      </p>
      <strong>{formatMoney(lineTotal(line.price, line.quantity), currency)}</strong>
    </div>
  );
}
