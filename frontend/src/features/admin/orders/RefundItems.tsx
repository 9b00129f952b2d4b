import { Checkbox, TextField } from '@/components/ui/Field';
import { formatMoney } from '@/lib/money';
import styles from './Orders.module.css';
import type { Refundable } from './refunds';
import { quantityField } from './shipments';

type Props = {
  of: Refundable;
  currency: string;
  /** The amount of what is chosen; undefined while a field is wrong. */
  chosen: number | undefined;
  onChoose: () => void;
  fieldError: (field: string) => string | undefined;
};

/** Pieces and shipping, and what they come to. */
export function RefundItems({ of, currency, chosen, onChoose, fieldError }: Props) {
  return (
    <>
      {of.lines.map(({ productId, name, quantity, refunded }) => (
        <TextField
          key={productId}
          label={`${name}, of ${quantity - refunded} not refunded`}
          name={quantityField(productId)}
          inputMode="numeric"
          autoComplete="off"
          defaultValue={0}
          onChange={onChoose}
          error={fieldError(quantityField(productId))}
        />
      ))}
      {of.shipping > 0 && <Checkbox label={`Shipping, ${formatMoney(of.shipping, currency)}`} name="shipping" onChange={onChoose} />}
      <p role="status" className={styles.muted}>
        {chosen !== undefined && describe(chosen, of.left, currency)}
      </p>
    </>
  );
}

function describe(chosen: number, left: number, currency: string): string {
  const comesTo = `This comes to ${formatMoney(chosen, currency)}`;
  return chosen > left ? `${comesTo}, which is more than is left of the payment.` : `${comesTo}.`;
}
