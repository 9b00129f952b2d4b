import { useRef, useState } from 'react';
import { Button } from '@/components/ui/Button';
import { asProblem, type Problem } from '@/lib/api/problem';
import type { Order } from '@/lib/api/types';
import { money } from '@/lib/money';
import { payAgain } from './buy';
import styles from './checkout.module.css';
import { type MethodToken, USUAL } from './methods';
import { PaymentMethods } from './PaymentMethods';
import { Refusal } from './Refusal';

/** Pays an order whose card was declined. */
export function PayAgain({ order, onPaid }: { order: Pick<Order, 'id' | 'total' | 'items'>; onPaid: () => void }) {
  const [method, setMethod] = useState<MethodToken>(USUAL);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const sending = useRef(false);

  async function pay(): Promise<void> {
    if (sending.current) return;
    sending.current = true;
    setBusy(true);
    setProblem(undefined);
    try {
      await payAgain(order.id, method);
      onPaid();
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      sending.current = false;
      setBusy(false);
    }
  }

  const nameOf = (id: number) => order.items.find(({ productId }) => productId === id)?.name ?? 'A product';
  return (
    <section aria-label="Pay again" className={styles.again}>
      {problem && <Refusal problem={problem} />}
      {problem?.shortages.map(({ productId, requested, available }) => (
        <p key={productId}>
          {nameOf(productId)}: {available} left, {requested} ordered.
        </p>
      ))}
      <PaymentMethods chosen={method} onChoose={setMethod} />
      <Button look="primary" busy={busy} onClick={() => void pay()}>
        Pay {money(order.total)}
      </Button>
    </section>
  );
}
