import { type ReactNode, useId } from 'react';
import styles from './Panel.module.css';

/** A card with a heading and actions. */
export function Panel({ title, actions, flush = false, children }: {
  title: string;
  actions?: ReactNode;
  /** Without padding, for tables. */
  flush?: boolean;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={flush ? `${styles.panel} ${styles.flush}` : styles.panel}>
      <div className={styles.header}>
        <h2 id={id} className={styles.title}>
          {title}
        </h2>
        {actions}
      </div>
      {children}
    </section>
  );
}

export function DefinitionList({ entries }: { entries: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className={styles.definitions}>
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
