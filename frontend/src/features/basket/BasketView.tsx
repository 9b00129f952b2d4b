import { Link } from 'react-router';
import { Button, ButtonLink } from '@/components/ui/Button';
import { Picture } from '@/components/ui/Picture';
import { QuantityField } from './QuantityField';
import { Empty, Failed, Notice, Skeleton } from '@/components/ui/State';
import { formatMoney, lineTotal } from '@/lib/money';
import { basket, MOST_OF_ONE, remove, setQuantity } from './basket';
import styles from './BasketView.module.css';
import { canBeOrdered, type Line, totalOf, useLines } from './lines';

const take = (productId: number, quantity: number) => basket.update((now) => setQuantity(now, productId, quantity));
const drop = (productId: number) => basket.update((now) => remove(now, productId));

export function BasketView() {
  const { lines, refetch } = useLines();
  if (lines.length === 0) {
    return (
      <Empty icon="basket" title="Your basket is empty">
        <p>Items you add stay here on this device until you check out.</p>
        <ButtonLink to="/products" look="primary">
          Browse products
        </ButtonLink>
      </Empty>
    );
  }
  const total = totalOf(lines);
  const failed = lines.find((line) => line.state === 'failed');
  return (
    <div className={styles.basket}>
      <div className={styles.left}>
        {failed && <Failed error={failed.problem} onRetry={() => void refetch()} />}
        <ul role="list" aria-label="Items in your basket" className={styles.lines}>
          {lines.map((line) => (
            <li key={line.wanted.productId} className={styles.line}>
              <BasketLine line={line} />
            </li>
          ))}
        </ul>
      </div>
      <aside aria-label="Order summary" className={styles.sum}>
        <p className={styles.total}>
          <span>Total</span>
          <strong>{total === undefined ? '–' : formatMoney(total)}</strong>
        </p>
        <p className={styles.soft}>Free delivery worldwide.</p>
        {canBeOrdered(lines) ? (
          <ButtonLink to="/checkout" look="primary" size="l" wide>
            Go to checkout
          </ButtonLink>
        ) : (
          <p className={styles.soft}>Please resolve the problems above first.</p>
        )}
        <ButtonLink to="/products" look="ghost" wide>
          Continue shopping
        </ButtonLink>
      </aside>
    </div>
  );
}

function BasketLine({ line }: { line: Line }) {
  const { productId, quantity, name } = line.wanted;
  const product = line.state === 'known' ? line.product : undefined;
  const most = Math.min(MOST_OF_ONE, Math.max(product?.stock ?? MOST_OF_ONE, 1));
  return (
    <>
      <Picture src={product?.image} name={name} alt="" className={styles.picture} />
      <div className={styles.what}>
        <h2 className={styles.name}>
          {line.state === 'gone' ? name : <Link to={`/products/${productId}`}>{product?.name ?? name}</Link>}
        </h2>
        {product && <p className={styles.soft}>{formatMoney(product.price)} each</p>}
        {line.state === 'loading' && <Skeleton />}
      </div>
      <Trouble line={line} />
      <div className={styles.amount}>
        {line.state !== 'gone' && (
          <QuantityField label={`Quantity of ${name}`} value={quantity} most={Math.max(most, quantity)} onChange={(wish) => take(productId, wish)} />
        )}
        <Button look="ghost" size="s" onClick={() => drop(productId)}>
          Remove<span className="visually-hidden"> {name}</span>
        </Button>
      </div>
      <p className={styles.price}>{product && formatMoney(lineTotal(product.price, quantity))}</p>
    </>
  );
}

/** What has changed about a line since it was put in, and what can be done about it. */
function Trouble({ line }: { line: Line }) {
  if (line.state === 'gone') {
    return (
      <div className={styles.trouble}>
        <Notice tone="warn">This item is no longer available. Please remove it.</Notice>
      </div>
    );
  }
  if (line.state !== 'known' || !(line.priceChanged || line.short)) return null;
  const { wanted, product, priceChanged, short } = line;
  return (
    <div className={styles.trouble}>
      {priceChanged && (
        <Notice tone="warn">
          The price has changed from {formatMoney(wanted.price)} to {formatMoney(product.price)}.
        </Notice>
      )}
      {short && product.stock <= 0 && <Notice tone="warn">This has since sold out. Please remove it or check back later.</Notice>}
      {short && product.stock > 0 && (
        <Notice tone="warn">
          Only {product.stock} left, but you selected {wanted.quantity}.
          <span>
            <Button size="s" onClick={() => take(wanted.productId, product.stock)}>
              Update to {product.stock}
            </Button>
          </span>
        </Notice>
      )}
    </div>
  );
}
