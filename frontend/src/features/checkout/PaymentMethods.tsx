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
          ? 'This is how you chose to pay. You can choose again as soon as the shop has answered.'
          : 'This shop only takes test cards: no number, no money.'}
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
