import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { MoneyLines } from '@/components/ui/MoneyLines';
import { PostalAddress } from '@/components/ui/PostalAddress';
import { ProductImage } from '@/components/ui/ProductImage';
import { toProblem } from '@/lib/api/problem';
import { productQuery } from '@/lib/api/products';
import type { OrderLine, OrderWithTimeline } from '@/lib/api/types';
import { formatMoney, lineTotal } from '@/lib/money';
import styles from './orders.module.css';
import { OrderStatusBadge } from './OrderStatusBadge';
import { Returns, type Viewer } from './Returns';
import { Shipments } from './Shipments';
import { Timeline } from './Timeline';

type Props = {
  order: OrderWithTimeline;
  viewer: Viewer;
  /** Above the items. */
  notice?: ReactNode;
  /** Below the shipments and returns. */
  more?: ReactNode;
  /** What can be done with the order. */
  actions?: ReactNode;
};

/** An order, whoever looks at it. */
export function OrderDetails({ order, viewer, notice, more, actions }: Props) {
  return (
    <div className={styles.order}>
      <div className={styles.main}>
        {notice}
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
        <Returns order={order} viewer={viewer} />
        {more}
      </div>
      <aside aria-label="Order status" className={styles.sidebar}>
        <OrderStatusBadge status={order.status} />
        <Timeline order={order} />
        {actions}
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
