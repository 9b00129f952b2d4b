import type { ReactNode } from 'react';
import { ButtonLink } from '@/components/ui/Button';
import { formatMoney } from '@/lib/money';
import { useShopCurrency } from '@/lib/shop';
import styles from './checkout.module.css';
import { type CheckoutLine, CheckoutLines, type LineActions } from './CheckoutLines';

type Props = {
  lines: readonly CheckoutLine[];
  actions: LineActions;
  /** The price of the goods. */
  total: number;
  /** The form of a guest, which belongs to another feature. */
  guest: ReactNode;
  logIn: string;
  signUp: string;
};

/** What a visitor sees first: who buys. The rest of the page follows once that is known. */
export function Contact({ lines, actions, total, guest, logIn, signUp }: Props) {
  const currency = useShopCurrency();
  return (
    <div className={styles.checkout}>
      <div className={styles.main}>
        <section aria-label="Items in this order">
          <CheckoutLines lines={lines} shortages={[]} unknownProductIds={[]} currency={currency} actions={actions} />
        </section>
        <section aria-labelledby="contact" className={styles.section}>
          <h2 id="contact">How can we reach you?</h2>
          <div className={styles.retry}>{guest}</div>
        </section>
        <section aria-labelledby="account" className={styles.section}>
          <h2 id="account">Do you have an account?</h2>
          <p className={styles.muted}>It knows your addresses, and lists your orders on every device. Your basket stays as it is.</p>
          <div className={styles.actions}>
            <ButtonLink to={logIn}>Log in</ButtonLink>
            <ButtonLink to={signUp}>Create an account</ButtonLink>
          </div>
        </section>
      </div>
      <aside aria-label="Order summary" className={styles.summary}>
        <p className={styles.total}>
          <span>Goods</span>
          <strong>{formatMoney(total, currency)}</strong>
        </p>
        <p className={styles.muted}>Shipping and tax follow once we know where it goes.</p>
      </aside>
    </div>
  );
}
