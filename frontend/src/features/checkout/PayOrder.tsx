import { type ReactNode, useState } from 'react';
import { Button } from '@/components/ui/Button';
import { MoneyLines } from '@/components/ui/MoneyLines';
import { PostalAddress } from '@/components/ui/PostalAddress';
import type { Order } from '@/lib/api/types';
import { formatMoney } from '@/lib/money';
import { orderBill } from '@/lib/moneyLines';
import { useShopCurrency } from '@/lib/shop';
import styles from './checkout.module.css';
import { CheckoutLines } from './CheckoutLines';
import { PaymentMethodField } from './PaymentMethodField';
import { DEFAULT_METHOD, type PaymentMethod } from './paymentMethods';
import { type OpenPurchase, orderLines } from './purchase';
import { PurchaseError } from './PurchaseError';
import { PendingPurchase } from './UnconfirmedPurchase';
import type { PurchaseState } from './usePurchase';

type Props = {
  state: PurchaseState;
  /** Other actions for the order. */
  alternatives: ReactNode;
  order: Order | undefined;
  /** What was sent. Undefined only if there is an order. */
  open: OpenPurchase | undefined;
};

/** Pays an unpaid order, or waits for a purchase that was sent. Neither can be changed. */
export function PayOrder({ state, order, open, alternatives }: Props) {
  const shopCurrency = useShopCurrency();
  const [method, setMethod] = useState<PaymentMethod>(DEFAULT_METHOD);
  const { sending, problem, failed } = state;
  const shown = open ?? (order && { lines: orderLines(order), total: order.total, bill: orderBill(order), address: order.shippingAddress });
  if (!shown) return null;
  const { lines, total, bill, address } = shown;
  const currency = bill?.currency ?? shopCurrency;

  const submit = () => {
    if (open) state.checkAgain();
    else if (order) state.buy({ orderId: order.id, method }, { lines, total, bill: orderBill(order) });
  };

  return (
    <div className={styles.checkout}>
      <div className={styles.main}>
        {open && <PendingPurchase purchase={open} failed={failed} />}
        {problem && <PurchaseError problem={problem} ofOrder={order !== undefined} />}
        <section aria-label="Items in this order">
          <CheckoutLines
            lines={lines}
            shortages={problem?.shortages ?? []}
            unknownProductIds={problem?.productId === undefined ? [] : [problem.productId]}
            currency={currency}
            actions={undefined}
          />
        </section>
        {address && (
          <section aria-labelledby="delivery" className={styles.section}>
            <h2 id="delivery">Delivery</h2>
            <PostalAddress address={address} />
          </section>
        )}
        <PaymentMethodField selected={open?.method ?? method} onSelect={setMethod} locked={open !== undefined} />
      </div>
      <aside aria-label="Order summary" className={styles.summary}>
        {bill ? (
          <MoneyLines bill={bill} />
        ) : (
          <p className={styles.total}>
            <span>Total</span>
            <strong>{formatMoney(total, currency)}</strong>
          </p>
        )}
        <Button variant="primary" size="l" wide loading={sending} onClick={submit}>
          {open ? 'Check again' : `${problem ? 'Retry payment of' : 'Pay'} ${formatMoney(total, currency)}`}
        </Button>
        {!open && alternatives}
        <p className={styles.muted}>You can cancel until it ships.</p>
      </aside>
    </div>
  );
}
