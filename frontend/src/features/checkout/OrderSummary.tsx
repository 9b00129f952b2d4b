import { Button } from '@/components/ui/Button';
import { MoneyLines } from '@/components/ui/MoneyLines';
import { LoadError, Loading, Notice, Skeleton } from '@/components/ui/State';
import { formatMoney } from '@/lib/money';
import { useOnline } from '@/lib/useOnline';
import styles from './checkout.module.css';
import { problemAt, quoteBill } from './quote';
import type { NewOrderForm } from './useNewOrder';
import type { PurchaseState } from './usePurchase';

/** The price of the order as it is in the form, and the button that places it. */
export function OrderSummary({ state: { open, sending }, order, onSubmit }: { state: PurchaseState; order: NewOrderForm; onSubmit: () => void }) {
  const online = useOnline();
  const { quoted, held, code, address, checking } = order;
  const { quote, outdated, problem, retry } = quoted;
  const bill = quote && { ...quoteBill(quote), discountCode: problemAt(quote, 'discountCode') ? undefined : code };
  /** Fields of the form are corrected there; anything else is shown here. */
  const failure = held !== undefined && held !== 'total_changed' ? held : problem?.fields.length === 0 ? problem : undefined;
  return (
    <aside aria-label="Order summary" className={styles.summary}>
      {bill ? (
        <div data-outdated={outdated || undefined} aria-busy={outdated && !problem} className={styles.bill}>
          <MoneyLines bill={bill} live />
        </div>
      ) : (
        !failure && (
          <Loading what="the total">
            <Skeleton lines={4} />
          </Loading>
        )
      )}
      {!online && bill && !open && <Notice tone="warn">This total may be out of date while you are offline.</Notice>}
      {failure && (online || !bill) && <LoadError error={failure} onRetry={retry} />}
      {held === 'total_changed' && bill && (
        <Notice tone="warn" attention>
          The total is now {formatMoney(bill.total, bill.currency)}. Please review your order before you place it.
        </Notice>
      )}
      {bill && !address && <p className={styles.muted}>Shipping and tax are those of your address once you have entered it.</p>}
      <Button variant="primary" size="l" wide loading={sending || checking} onClick={onSubmit}>
        {open ? 'Check again' : bill ? `Place order for ${formatMoney(bill.total, bill.currency)}` : 'Place order'}
      </Button>
      <p className={styles.muted}>You can cancel until it ships.</p>
    </aside>
  );
}
