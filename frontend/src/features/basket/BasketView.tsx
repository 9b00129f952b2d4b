import { Link } from 'react-router';
import { Button, ButtonLink } from '@/components/ui/Button';
import { ProductImage } from '@/components/ui/ProductImage';
import { EmptyState, LoadError, Notice, Skeleton } from '@/components/ui/State';
import { lineTotal } from '@/lib/money';
import { useFormatPrice } from '@/lib/shop';
import { basket, MAX_QUANTITY, removeItem, setQuantity } from './basket';
import styles from './BasketView.module.css';
import { type BasketLine, canCheckOut, totalOfLines, useBasketLines } from './lines';
import { QuantityField } from './QuantityField';

const changeQuantity = (productId: number, quantity: number) => basket.update((now) => setQuantity(now, productId, quantity));
const removeLine = (productId: number) => basket.update((now) => removeItem(now, productId));

export function BasketView() {
  const { lines, refetch } = useBasketLines();
  const formatPrice = useFormatPrice();
  if (lines.length === 0) {
    return (
      <EmptyState icon="basket" title="Your basket is empty">
        <p>Items you add stay here on this device until you check out.</p>
        <ButtonLink to="/products" variant="primary">
          Browse products
        </ButtonLink>
      </EmptyState>
    );
  }
  const total = totalOfLines(lines);
  const failed = lines.find((line) => line.state === 'failed');
  return (
    <div className={styles.basket}>
      <div className={styles.main}>
        {failed && <LoadError error={failed.problem} onRetry={() => void refetch()} />}
        <ul role="list" aria-label="Items in your basket" className={styles.lines}>
          {lines.map((line) => (
            <li key={line.item.productId} className={styles.line}>
              <BasketRow line={line} />
            </li>
          ))}
        </ul>
      </div>
      <aside aria-label="Order summary" className={styles.summary}>
        <p className={styles.total}>
          <span>Total</span>
          <strong>{total === undefined ? '–' : formatPrice(total)}</strong>
        </p>
        <p className={styles.muted}>Shipping and discounts are calculated at checkout.</p>
        {canCheckOut(lines) ? (
          <ButtonLink to="/checkout" variant="primary" size="l" wide>
            Go to checkout
          </ButtonLink>
        ) : (
          <p className={styles.muted}>Please resolve the problems above first.</p>
        )}
        <ButtonLink to="/products" variant="ghost" wide>
          Continue shopping
        </ButtonLink>
      </aside>
    </div>
  );
}

function BasketRow({ line }: { line: BasketLine }) {
  const formatPrice = useFormatPrice();
  const { productId, quantity, name } = line.item;
  const product = line.state === 'known' ? line.product : undefined;
  const max = Math.min(MAX_QUANTITY, Math.max(product?.stock ?? MAX_QUANTITY, 1));
  return (
    <>
      <ProductImage src={product?.image} name={name} alt="" className={styles.image} />
      <div className={styles.details}>
        <h2 className={styles.name}>
          {line.state === 'unavailable' ? name : <Link to={`/products/${productId}`}>{product?.name ?? name}</Link>}
        </h2>
        {product && <p className={styles.muted}>{formatPrice(product.price)} each</p>}
        {line.state === 'loading' && <Skeleton />}
      </div>
      <LineProblems line={line} />
      <div className={styles.amount}>
        {line.state !== 'unavailable' && (
          <QuantityField label={`Quantity of ${name}`} value={quantity} max={Math.max(max, quantity)} onChange={(newQuantity) => changeQuantity(productId, newQuantity)} />
        )}
        <Button variant="ghost" size="s" onClick={() => removeLine(productId)}>
          Remove<span className="visually-hidden"> {name}</span>
        </Button>
      </div>
      <p className={styles.price}>{product && formatPrice(lineTotal(product.price, quantity))}</p>
    </>
  );
}

/** What has changed since the item was added, and how to resolve it. */
function LineProblems({ line }: { line: BasketLine }) {
  const formatPrice = useFormatPrice();
  if (line.state === 'unavailable') {
    return (
      <div className={styles.problems}>
        <Notice tone="warn">This item is no longer available. Please remove it.</Notice>
      </div>
    );
  }
  if (line.state !== 'known' || !(line.priceChanged || line.insufficient)) return null;
  const { item, product, priceChanged, insufficient } = line;
  return (
    <div className={styles.problems}>
      {priceChanged && (
        <Notice tone="warn">
          The price has changed from {formatPrice(item.price)} to {formatPrice(product.price)}.
        </Notice>
      )}
      {insufficient && product.stock <= 0 && <Notice tone="warn">This has since sold out. Please remove it or check back later.</Notice>}
      {insufficient && product.stock > 0 && (
        <Notice tone="warn">
          Only {product.stock} left, but you selected {item.quantity}.
          <span>
            <Button size="s" onClick={() => changeQuantity(item.productId, product.stock)}>
              Update to {product.stock}
            </Button>
          </span>
        </Notice>
      )}
    </div>
  );
}
