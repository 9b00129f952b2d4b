import styles from './checkout.module.css';
import { METHODS, type MethodToken } from './methods';

type Given = {
  chosen: string;
  onChoose: (method: MethodToken) => void;
  /** What was sent is being asked for under this method: another one would be another purchase. */
  locked?: boolean;
};

/** The ways to pay, as one choice. */
export function PaymentMethods({ chosen, onChoose, locked = false }: Given) {
  return (
    <fieldset className={styles.methods} disabled={locked}>
      <legend>How would you like to pay?</legend>
      <p className={styles.soft}>
        {locked
          ? 'You can change your payment method once the shop has responded.'
          : 'Test cards only: no card number needed, no money charged.'}
      </p>
      {METHODS.map(({ method, name, what }) => (
        <label key={method} className={styles.method}>
          <input type="radio" name="method" value={method} checked={method === chosen} onChange={() => onChoose(method)} />
          <span>
            <strong>{name}</strong>
            <span className={styles.soft}>{what}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
