import { type ReactNode, useEffect, useState } from 'react';
import { Button } from '@/components/ui/Button';
import type { Order } from '@/lib/api/types';
import { formatMoney } from '@/lib/money';
import { track } from '@/lib/track';
import styles from './checkout.module.css';
import { type CheckoutLine, CheckoutLines, type LineActions } from './CheckoutLines';
import { PaymentMethodField } from './PaymentMethodField';
import { DEFAULT_METHOD, type PaymentMethod } from './paymentMethods';
import { newOrder, orderLines } from './purchase';
import { PurchaseError } from './PurchaseError';
import { PendingPurchase, StalePurchase } from './UnconfirmedPurchase';
import type { PurchaseState } from './usePurchase';

type Props = LineActions & {
  userId: number;
  state: PurchaseState;
  /** The items of the basket. */
  lines: readonly CheckoutLine[];
  /** The total of the lines at the prices shown. */
  total: number;
  /** An unpaid order to pay instead of placing a new one. */
  order: Order | undefined;
  /** Other actions for that order. */
  alternatives: ReactNode;
  /** The customer accepts the prices that are shown. */
  onAcceptPrices: () => void;
};

/** Items, payment method and the button that places or pays the order. */
export function Checkout({ userId, state, lines, total, order, alternatives, onAcceptPrices, onChangeQuantity, onRemove }: Props) {
  const [method, setMethod] = useState<PaymentMethod>(DEFAULT_METHOD);
  const { open, age, sending, problem, failed } = state;
  useEffect(() => track('checkout.start', {}), []);
  const shown = open ?? (order ? { lines: orderLines(order), total: order.total } : { lines, total });

  function submit(): void {
    if (open) {
      state.checkAgain();
      return;
    }
    if (!order) onAcceptPrices();
    const body = order ? { orderId: order.id, method } : newOrder(lines, total, method);
    state.buy(body, { lines: shown.lines, total: shown.total });
  }

  if (open && age !== 'fresh') {
    return <StalePurchase userId={userId} purchase={open} state={state} />;
  }
  return (
    <div className={styles.checkout}>
      <div className={styles.main}>
        {open && <PendingPurchase purchase={open} failed={failed} />}
        {problem && <PurchaseError problem={problem} ofOrder={order !== undefined} />}
        <section aria-label="Items in this order">
          <CheckoutLines
            lines={shown.lines}
            shortages={problem?.shortages ?? []}
            unknownProductId={problem?.productId}
            actions={open || order ? undefined : { onChangeQuantity, onRemove }}
          />
        </section>
        <PaymentMethodField selected={open?.method ?? method} onSelect={setMethod} locked={open !== undefined} />
      </div>
      <aside aria-label="Order summary" className={styles.summary}>
        <p className={styles.total}>
          <span>Total</span>
          <strong>{formatMoney(shown.total)}</strong>
        </p>
        <Button variant="primary" size="l" wide loading={sending} onClick={submit}>
          {open ? 'Check again' : `${order ? (problem ? 'Retry payment of' : 'Pay') : 'Place order for'} ${formatMoney(shown.total)}`}
        </Button>
        {!open && order && alternatives}
        <p className={styles.muted}>Free delivery worldwide. You can cancel until it ships.</p>
      </aside>
    </div>
  );
}
