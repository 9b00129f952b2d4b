import { useState } from 'react';
import { Button, ButtonLink } from '@/components/ui/Button';
import { Notice } from '@/components/ui/State';
import type { Order } from '@/lib/api/types';
import { formatMoney } from '@/lib/money';
import { orderBill } from '@/lib/moneyLines';
import styles from './checkout.module.css';
import { PaymentMethodField } from './PaymentMethodField';
import { DEFAULT_METHOD, type PaymentMethod } from './paymentMethods';
import { orderLines } from './purchase';
import { PurchaseError } from './PurchaseError';
import { PendingPurchase, StalePurchase } from './UnconfirmedPurchase';
import type { PurchaseState } from './usePurchase';

type Props = { userId: number; state: PurchaseState; order: Order };

/** Pays an order whose payment was declined. */
export function RetryPayment({ userId, state, order }: Props) {
  const [method, setMethod] = useState<PaymentMethod>(DEFAULT_METHOD);
  const { open, age, sending, problem, failed } = state;
  if (open && open.orderId !== order.id) return <UnconfirmedOrderNotice />;
  if (open && age !== 'fresh') {
    return <StalePurchase userId={userId} purchase={open} state={state} />;
  }
  const nameOf = (id: number) => order.items.find(({ productId }) => productId === id)?.name ?? 'A product';
  const pay = () => state.buy({ orderId: order.id, method }, { lines: orderLines(order), total: order.total, bill: orderBill(order) });
  return (
    <section aria-label="Complete payment" className={styles.retry}>
      {open && <PendingPurchase purchase={open} failed={failed} />}
      {problem && <PurchaseError problem={problem} ofOrder />}
      {problem?.shortages.map(({ productId, requested, available }) => (
        <p key={productId}>
          {nameOf(productId)}: {available} left, {requested} ordered.
        </p>
      ))}
      <PaymentMethodField selected={open?.method ?? method} onSelect={setMethod} locked={open !== undefined} />
      <Button variant="primary" loading={sending} onClick={open ? state.checkAgain : pay}>
        {open ? 'Check again' : `Pay ${formatMoney(order.total, order.currency)}`}
      </Button>
    </section>
  );
}

/** Another purchase must not begin before this one has a known outcome. */
export function UnconfirmedOrderNotice() {
  return (
    <Notice tone="warn">
      <strong>Your last order has not been confirmed yet.</strong>
      <span>It may have been placed. Check its status before you buy anything else.</span>
      <span>
        <ButtonLink to="/checkout" size="s">
          Check status
        </ButtonLink>
      </span>
    </Notice>
  );
}
