import styles from './checkout.module.css';
import { PAYMENT_METHODS, type PaymentMethod } from './paymentMethods';

type Props = {
  selected: string;
  onSelect: (method: PaymentMethod) => void;
  /** A purchase with this method has been sent: another method would be another purchase. */
  locked?: boolean;
};

export function PaymentMethodField({ selected, onSelect, locked = false }: Props) {
  return (
    <fieldset className={styles.methods} disabled={locked}>
      <legend>How would you like to pay?</legend>
      <p className={styles.muted}>
        {locked
          ? 'You can change your payment method once the shop has responded.'
          : 'Test cards only: no card number needed, no money charged.'}
      </p>
      {PAYMENT_METHODS.map(({ method, name, description }) => (
        <label key={method} className={styles.method}>
          <input type="radio" name="method" value={method} checked={method === selected} onChange={() => onSelect(method)} />
          <span>
            <strong>{name}</strong>
            <span className={styles.muted}>{description}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
