import styles from './StockLabel.module.css';

/** The quantity is shown up to this. */
const LOW_STOCK = 5;

/** `compact` is for lists and cards. */
export function StockLabel({ stock, compact = false }: { stock: number; compact?: boolean }) {
  const size = compact ? styles.quiet : '';
  if (stock <= 0) return <p className={`${styles.out} ${size}`}>Sold out</p>;
  if (stock <= LOW_STOCK) return <p className={`${styles.few} ${size}`}>Only {stock} left</p>;
  return <p className={`${styles.in} ${size}`}>{compact ? 'In stock' : 'In stock, ready to ship'}</p>;
}
