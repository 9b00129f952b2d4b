import styles from './StockLabel.module.css';

/** From here on the number is said: it helps to decide. */
const LOW_STOCK = 5;

/** How much there is, in words and colour. `quiet` is for where it is one thing among many. */
export function StockLabel({ stock, compact = false }: { stock: number; compact?: boolean }) {
  const size = compact ? styles.quiet : '';
  if (stock <= 0) return <p className={`${styles.out} ${size}`}>Sold out</p>;
  if (stock <= LOW_STOCK) return <p className={`${styles.few} ${size}`}>Only {stock} left</p>;
  return <p className={`${styles.in} ${size}`}>{compact ? 'In stock' : 'In stock, ready to ship'}</p>;
}
