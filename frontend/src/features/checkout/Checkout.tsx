import { type ReactNode, useEffect, useState } from 'react';
import { Button } from '@/components/ui/Button';
import type { Order } from '@/lib/api/types';
import { formatMoney } from '@/lib/money';
import { track } from '@/lib/track';
import { linesOf, placing } from './buy';
import styles from './checkout.module.css';
import { type CheckoutLine, CheckoutLines, type LineActions } from './CheckoutLines';
import { type MethodToken, USUAL } from './methods';
import { PaymentMethods } from './PaymentMethods';
import { Refusal } from './Refusal';
import { Asking, OldAttempt } from './Unanswered';
import type { Buying } from './usePurchase';

type Given = LineActions & {
  userId: number;
  buying: Buying;
  /** What the basket holds. */
  lines: readonly CheckoutLine[];
  /** What the lines cost as they are shown. */
  total: number;
  /** An order that waits for its payment, and is paid instead of placing one. */
  order: Order | undefined;
  /** What else can be done with that order. */
  orElse: ReactNode;
  /** The customer has seen what is shown, and buys it at that. */
  onSeen: () => void;
};

/** The last look before buying, and all that may come between. */
export function Checkout({ userId, buying, lines, total, order, orElse, onSeen, take, drop }: Given) {
  const [method, setMethod] = useState<MethodToken>(USUAL);
  const { open, age, busy, problem, failed } = buying;
  useEffect(() => track('checkout.start', {}), []);
  const shown = open ?? (order ? { lines: linesOf(order), total: order.total } : { lines, total });

  function press(): void {
    if (open) {
      buying.again();
      return;
    }
    if (!order) onSeen();
    const body = order ? { orderId: order.id, method } : placing(lines, total, method);
    buying.buy(body, { lines: shown.lines, total: shown.total });
  }

  if (open && age !== 'fresh') {
    return <OldAttempt userId={userId} purchase={open} buying={buying} />;
  }
  return (
    <div className={styles.checkout}>
      <div className={styles.main}>
        {open && <Asking purchase={open} failed={failed} />}
        {problem && <Refusal problem={problem} ofOrder={order !== undefined} />}
        <section aria-label="Items in this order">
          <CheckoutLines
            lines={shown.lines}
            shortages={problem?.shortages ?? []}
            unknown={problem?.productId}
            actions={open || order ? undefined : { take, drop }}
          />
        </section>
        <PaymentMethods chosen={open?.method ?? method} onChoose={setMethod} locked={open !== undefined} />
      </div>
      <aside aria-label="Order summary" className={styles.sum}>
        <p className={styles.total}>
          <span>Total</span>
          <strong>{formatMoney(shown.total)}</strong>
        </p>
        <Button look="primary" size="l" wide busy={busy} onClick={press}>
          {open ? 'Check again' : `${order ? (problem ? 'Retry payment of' : 'Pay') : 'Place order for'} ${formatMoney(shown.total)}`}
        </Button>
        {!open && order && orElse}
        <p className={styles.soft}>Free delivery worldwide. You can cancel until it ships.</p>
      </aside>
    </div>
  );
}
