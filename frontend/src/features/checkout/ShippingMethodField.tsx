import type { Quote } from '@/lib/api/types';
import { formatDays } from '@/lib/dates';
import { formatMoney } from '@/lib/money';
import styles from './checkout.module.css';

type Props = {
  /** Undefined until it is known where the order goes. */
  methods: Quote['shippingMethods'] | undefined;
  currency: string;
  selected: number | undefined;
  onSelect: (id: number) => void;
  locked: boolean;
};

/** The ways to deliver to the address, with price and time. */
export function ShippingMethodField({ methods, currency, selected, onSelect, locked }: Props) {
  return (
    <fieldset className={styles.section} disabled={locked}>
      <legend>How should it get there?</legend>
      {methods === undefined && <p className={styles.muted}>Enter your address to see how we can deliver.</p>}
      {methods?.length === 0 && <p className={styles.muted}>We do not deliver to this country.</p>}
      {methods?.map(({ id, name, price, minDays, maxDays }) => (
        <label key={id} className={styles.method}>
          <input type="radio" name="shippingMethodId" value={id} checked={id === selected} onChange={() => onSelect(id)} />
          <span>
            <strong>{name}</strong>
            <span className={styles.muted}>{formatDays(minDays, maxDays)}</span>
          </span>
          <span className={styles.methodPrice}>{price === 0 ? 'Free' : formatMoney(price, currency)}</span>
        </label>
      ))}
    </fieldset>
  );
}
