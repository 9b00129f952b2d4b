import { useEffect, useRef, useState } from 'react';
import { Button } from '@/components/ui/Button';
import { asProblem, type Problem } from '@/lib/api/problem';
import type { Order } from '@/lib/api/types';
import { money } from '@/lib/money';
import { track } from '@/lib/track';
import { isFor, payAgain, placeOrder } from './buy';
import styles from './checkout.module.css';
import { type CheckoutLine, CheckoutLines, type LineActions } from './CheckoutLines';
import { type MethodToken, USUAL } from './methods';
import { PaymentMethods } from './PaymentMethods';
import { Refusal } from './Refusal';

type Given = LineActions & {
  userId: number;
  lines: readonly CheckoutLine[];
  /** What the lines cost as they are shown. */
  total: number;
  onBought: (orderId: number) => void;
  /** The customer has seen what is shown, and buys it at that. */
  onSeen: () => void;
  /** What is shown may be old: ask the catalogue again. */
  onStale: () => void;
};

/** What makes the page's prices and numbers old. */
const STALE = ['price_changed', 'insufficient_stock', 'unknown_product'];

/** The last look before buying, and all that may come between. */
export function Checkout({ userId, lines, total, onBought, onSeen, onStale, take, drop }: Given) {
  const [method, setMethod] = useState<MethodToken>(USUAL);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [declined, setDeclined] = useState<Order>();
  const sending = useRef(false);
  useEffect(() => track('checkout.start', {}), []);

  async function buy(): Promise<void> {
    // State comes too late for the second half of a double click.
    if (sending.current) return;
    sending.current = true;
    setBusy(true);
    setProblem(undefined);
    onSeen();
    try {
      const order = declined && isFor(declined, lines, total) ? declined : undefined;
      if (order) await payAgain(order.id, method);
      const id = order?.id ?? (await placeOrder({ userId, items: lines, total, method })).id;
      track('checkout.complete', { orderId: id });
      onBought(id);
    } catch (error) {
      const refused = asProblem(error);
      setProblem(refused);
      if (refused.order) setDeclined(refused.order);
      if (STALE.includes(refused.code)) onStale();
    } finally {
      sending.current = false;
      setBusy(false);
    }
  }

  return (
    <div className={styles.checkout}>
      <div className={styles.main}>
        {problem && <Refusal problem={problem} />}
        <section aria-label="What you buy">
          <CheckoutLines lines={lines} shortages={problem?.shortages ?? []} unknown={problem?.productId} take={take} drop={drop} />
        </section>
        <PaymentMethods chosen={method} onChoose={setMethod} />
      </div>
      <aside aria-label="Sum" className={styles.sum}>
        <p className={styles.total}>
          <span>Total</span>
          <strong>{money(total)}</strong>
        </p>
        <Button look="primary" size="l" wide busy={busy} onClick={() => void buy()}>
          {declined ? 'Try again' : 'Buy'} for {money(total)}
        </Button>
        <p className={styles.soft}>Sending is free. You can cancel until it has been sent.</p>
      </aside>
    </div>
  );
}
