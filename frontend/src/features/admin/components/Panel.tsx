import { type ReactNode, useId } from 'react';
import styles from './Panel.module.css';

/** A card with a heading, and perhaps something to press beside it. */
export function Panel({ title, aside, flush = false, children }: {
  title: string;
  aside?: ReactNode;
  /** A table goes to the card's edges. */
  flush?: boolean;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={flush ? `${styles.panel} ${styles.flush}` : styles.panel}>
      <div className={styles.head}>
        <h2 id={id} className={styles.title}>
          {title}
        </h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** Names and what they stand for, in pairs. */
export function Facts({ of }: { of: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className={styles.facts}>
      {of.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
