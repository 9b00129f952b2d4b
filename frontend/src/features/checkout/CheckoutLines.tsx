import { Button } from '@/components/ui/Button';
import { ProductImage } from '@/components/ui/ProductImage';
import { Notice } from '@/components/ui/State';
import type { Shortage } from '@/lib/api/problem';
import { formatMoney, lineTotal } from '@/lib/money';
import styles from './checkout.module.css';

export type CheckoutLine = {
  productId: number;
  name: string;
  image: string | null | undefined;
  quantity: number;
  price: number;
  /** The price that the customer accepted last. */
  seenPrice: number;
  stock: number;
};

export type LineActions = {
  onChangeQuantity: (productId: number, quantity: number) => void;
  onRemove: (productId: number) => void;
};

type Props = {
  lines: readonly CheckoutLine[];
  /** Undefined if the lines belong to an order or have been sent, and cannot be changed. */
  actions: LineActions | undefined;
  /** Shortages that the API has reported. */
  shortages: readonly Shortage[];
  /** The products that the API does not know. */
  unknownProductIds: readonly number[];
  currency: string;
};

/** The items, each with its problems. */
export function CheckoutLines({ lines, shortages, unknownProductIds, currency, actions }: Props) {
  return (
    <ul role="list" className={styles.lines} aria-label="Items in this order">
      {lines.map((line) => (
        <li key={line.productId} className={styles.line}>
          <ProductImage src={line.image} name={line.name} alt="" />
          <div className={styles.details}>
            <p>
              <strong className={styles.name}>{line.name}</strong>
              <span className={styles.muted}>
                {line.quantity} × {formatMoney(line.price, currency)}
              </span>
            </p>
          </div>
          <p className={styles.price}>{formatMoney(lineTotal(line.price, line.quantity), currency)}</p>
          <div className={styles.problems}>
            {line.price !== line.seenPrice && (
              <Notice tone="warn">
                The price has changed from {formatMoney(line.seenPrice, currency)} to {formatMoney(line.price, currency)}.
              </Notice>
            )}
            <InsufficientStock line={line} available={availableQuantity(line, shortages)} actions={actions} />
            {unknownProductIds.includes(line.productId) && (
              <Notice tone="warn">
                This item is no longer available.
                {actions && (
                  <span>
                    <Remove line={line} onRemove={actions.onRemove} />
                  </span>
                )}
              </Notice>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}

/** The available quantity, if it is not sufficient. What the API reported takes precedence over the loaded stock. */
export function availableQuantity(line: CheckoutLine, shortages: readonly Shortage[]): number | undefined {
  const reported = shortages.find(({ productId, requested }) => productId === line.productId && requested === line.quantity);
  const available = reported?.available ?? line.stock;
  return available < line.quantity ? Math.max(0, available) : undefined;
}

function InsufficientStock({ line, available, actions }: { line: CheckoutLine; available: number | undefined; actions: LineActions | undefined }) {
  if (available === undefined) return null;
  return (
    <Notice tone="warn">
      {available === 0 ? 'Sorry, this just sold out.' : `Only ${available} left, but you selected ${line.quantity}.`}
      {actions && (
        <span className={styles.actions}>
          {available > 0 && (
            <Button size="s" onClick={() => actions.onChangeQuantity(line.productId, available)}>
              Update to {available}
            </Button>
          )}
          <Remove line={line} onRemove={actions.onRemove} />
        </span>
      )}
    </Notice>
  );
}

function Remove({ line, onRemove }: { line: CheckoutLine; onRemove: LineActions['onRemove'] }) {
  return (
    <Button size="s" onClick={() => onRemove(line.productId)}>
      Remove<span className="visually-hidden"> {line.name}</span>
    </Button>
  );
}
