import styles from './Stars.module.css';

const STAR = 'M10 1.6l2.6 5.3 5.8.8-4.2 4.1 1 5.8L10 14.9l-5.2 2.7 1-5.8L1.6 7.7l5.8-.8z';

/** A rating as full and partial stars, with a numeric label. */
export function Stars({ value, size = 18 }: { value: number; size?: number }) {
  return (
    <span className={styles.stars} role="img" aria-label={`${value} out of 5 stars`}>
      {[0, 1, 2, 3, 4].map((index) => {
        const fill = Math.min(1, Math.max(0, value - index));
        return (
          <svg key={index} width={size} height={size} viewBox="0 0 20 20" aria-hidden="true">
            <path d={STAR} className={styles.off} />
            {fill > 0 && <path d={STAR} className={styles.on} style={{ clipPath: `inset(0 ${100 - fill * 100}% 0 0)` }} />}
          </svg>
        );
      })}
    </span>
  );
}

/** An average rating and the number of reviews. */
export function RatingSummary({ average, count }: { average: number; count: number }) {
  if (count === 0) return <span className={styles.line}>No reviews yet</span>;
  return (
    <span className={styles.line}>
      <Stars value={average} size={16} /> {average.toFixed(1)} <span className={styles.count}>({count})</span>
    </span>
  );
}
