import styles from './checkout.module.css';
import { METHODS, type MethodToken } from './methods';

/** The ways to pay, as one choice. */
export function PaymentMethods({ chosen, onChoose }: { chosen: MethodToken; onChoose: (method: MethodToken) => void }) {
  return (
    <fieldset className={styles.methods}>
      <legend>How would you like to pay?</legend>
      <p className={styles.soft}>This shop only takes test cards: no number, no money.</p>
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
