import styles from './StockWord.module.css';

/** From here on the number is said: it helps to decide. */
const FEW = 5;

/** How much there is, in words and colour. `quiet` is for where it is one thing among many. */
export function StockWord({ stock, quiet = false }: { stock: number; quiet?: boolean }) {
  const size = quiet ? styles.quiet : '';
  if (stock <= 0) return <p className={`${styles.out} ${size}`}>Sold out</p>;
  if (stock <= FEW) return <p className={`${styles.few} ${size}`}>Only {stock} left</p>;
  return <p className={`${styles.in} ${size}`}>{quiet ? 'In stock' : 'In stock, ready to ship'}</p>;
}
