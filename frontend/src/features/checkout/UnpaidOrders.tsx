import type { ReactNode } from 'react';
import { Button } from '@/components/ui/Button';
import { Notice } from '@/components/ui/State';
import type { Order } from '@/lib/api/types';
import { formatDateTime } from '@/lib/dates';
import { formatMoney } from '@/lib/money';
import { formatCount } from '@/lib/text';
import styles from './checkout.module.css';
import { hasSameItems, type ItemQuantity } from './purchase';

type Props = {
  orders: readonly Order[];
  basket: readonly ItemQuantity[];
  onPay: (order: Order) => void;
  /** The cancel button, which belongs to another feature. */
  cancel: (order: Order) => ReactNode;
  onNewOrder: () => void;
};

/** Shown before a new order can be placed. */
export function UnpaidOrders({ orders, basket, onPay, cancel, onNewOrder }: Props) {
  const same = orders.some((order) => hasSameItems(order, basket));
  return (
    <div className={styles.unpaid}>
      <Notice tone="warn">
        <strong>You have {orders.length === 1 ? 'an unpaid order' : formatCount(orders.length, 'unpaid order')}.</strong>
        <span>
          {same
            ? `${orders.length === 1 ? 'It' : 'One of them'} has exactly the same items as your basket. To avoid ordering twice, pay that order instead of placing a new one.`
            : `Pay or cancel ${orders.length === 1 ? 'it' : 'them'} first, or place a separate order.`}
        </span>
      </Notice>
      <ul role="list" aria-label="Unpaid orders" className={styles.unpaid}>
        {orders.map((order) => (
          <li key={order.id} className={styles.retry}>
            <p>
              <strong>Order {order.id}</strong>
              <span className={styles.muted}> placed {formatDateTime(order.createdAt)}</span>
              <br />
              {order.items.map((line) => `${line.quantity} × ${line.name}`).join(', ')}
            </p>
            {hasSameItems(order, basket) && <p className={styles.muted}>Same items as in your basket</p>}
            <div className={styles.actions}>
              <Button variant="primary" onClick={() => onPay(order)}>
                Pay order {order.id} for {formatMoney(order.total, order.currency)}
              </Button>
              {cancel(order)}
            </div>
          </li>
        ))}
      </ul>
      {basket.length > 0 && (
        <div>
          <Button onClick={onNewOrder}>Place a separate order</Button>
        </div>
      )}
    </div>
  );
}
