import styles from './StockLabel.module.css';

/** The quantity is shown up to this. */
const LOW_STOCK = 5;

/** `compact` is for lists and cards. */
export function StockLabel({ stock, compact = false }: { stock: number; compact?: boolean }) {
  const size = compact ? styles.compact : '';
  if (stock <= 0) return <p className={`${styles.soldOut} ${size}`}>Sold out</p>;
  if (stock <= LOW_STOCK) return <p className={`${styles.low} ${size}`}>Only {stock} left</p>;
  return <p className={`${styles.inStock} ${size}`}>{compact ? 'In stock' : 'In stock, ready to ship'}</p>;
}
