import { useState } from 'react';
import { Button, ButtonLink } from '@/components/ui/Button';
import { Notice } from '@/components/ui/State';
import type { Order } from '@/lib/api/types';
import { formatMoney } from '@/lib/money';
import { linesOf } from './buy';
import styles from './checkout.module.css';
import { type MethodToken, USUAL } from './methods';
import { PaymentMethods } from './PaymentMethods';
import { Refusal } from './Refusal';
import { Asking, OldAttempt } from './Unanswered';
import type { Buying } from './usePurchase';

type Given = { userId: number; buying: Buying; order: Pick<Order, 'id' | 'total' | 'items'> };

/** Pays an order whose card was declined. */
export function PayAgain({ userId, buying, order }: Given) {
  const [method, setMethod] = useState<MethodToken>(USUAL);
  const { open, age, busy, problem, failed } = buying;
  if (open && open.orderId !== order.id) return <SomethingElse />;
  if (open && age !== 'fresh') {
    return <OldAttempt userId={userId} purchase={open} buying={buying} />;
  }
  const nameOf = (id: number) => order.items.find(({ productId }) => productId === id)?.name ?? 'A product';
  const pay = () => buying.buy({ orderId: order.id, method }, { lines: linesOf(order), total: order.total });
  return (
    <section aria-label="Complete payment" className={styles.again}>
      {open && <Asking purchase={open} failed={failed} />}
      {problem && <Refusal problem={problem} ofOrder />}
      {problem?.shortages.map(({ productId, requested, available }) => (
        <p key={productId}>
          {nameOf(productId)}: {available} left, {requested} ordered.
        </p>
      ))}
      <PaymentMethods chosen={open?.method ?? method} onChoose={setMethod} locked={open !== undefined} />
      <Button look="primary" busy={busy} onClick={open ? buying.again : pay}>
        {open ? 'Check again' : `Pay ${formatMoney(order.total)}`}
      </Button>
    </section>
  );
}

/** One thing after the other: what was sent before has no known outcome yet. */
export function SomethingElse() {
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
