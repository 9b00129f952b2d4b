import { formatMoney } from '@/lib/money';
import { type Bill, includedTax, moneyLines } from '@/lib/moneyLines';
import styles from './MoneyLines.module.css';

/**
 * From the goods to the total: discount, shipping and tax, where there are any. With `live`, a total that changes
 * is announced to screen readers.
 */
export function MoneyLines({ bill, live = false }: { bill: Bill; live?: boolean }) {
  const money = (amount: number) => formatMoney(amount, bill.currency);
  const tax = includedTax(bill);
  return (
    <div className={styles.money}>
      {live && (
        <p role="status" className="visually-hidden">
          Total: {money(bill.total)}
        </p>
      )}
      <dl className={styles.lines}>
        {moneyLines(bill).map(({ label, amount }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{label.startsWith('Shipping') && amount === 0 ? 'Free' : money(amount)}</dd>
          </div>
        ))}
        <div className={styles.total}>
          <dt>Total</dt> <dd>{money(bill.total)}</dd>
        </div>
      </dl>
      {tax !== undefined && <p className={styles.tax}>Includes {money(tax)} tax</p>}
    </div>
  );
}
