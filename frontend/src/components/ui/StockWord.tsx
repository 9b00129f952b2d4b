import styles from './StockWord.module.css';

/** From here on the number is said: it helps to decide. */
const FEW = 5;

/** How much there is, in words and colour. `quiet` says nothing where there is enough. */
export function StockWord({ stock, quiet = false }: { stock: number; quiet?: boolean }) {
  if (stock <= 0) return <p className={styles.out}>Sold out</p>;
  if (stock <= FEW) return <p className={styles.few}>Only {stock} left</p>;
  return quiet ? <p className={styles.in}>In stock</p> : <p className={styles.in}>In stock, ready to be sent</p>;
}
