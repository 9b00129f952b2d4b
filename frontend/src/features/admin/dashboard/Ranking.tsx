import { type ReactNode, useId } from 'react';
import { Panel } from '../components/Panel';
import styles from './Ranking.module.css';

type RankedItem = { key: string | number; name: ReactNode; value: number; formatted: string; detail?: string | undefined };

/** A table with a bar in each row. */
export function Ranking({ title, headers, rows, empty, tone = 'brand' }: {
  title: string;
  headers: readonly [string, string];
  rows: readonly RankedItem[];
  empty: string;
  tone?: 'brand' | 'soft';
}) {
  const id = useId();
  const max = Math.max(...rows.map(({ value }) => value), 0);
  return (
    <Panel title={title}>
      {max === 0 ? (
        <p className={styles.empty}>{empty}</p>
      ) : (
        <table className={styles.ranking} aria-describedby={id}>
          <caption id={id} className="visually-hidden">
            {title}
          </caption>
          <thead className="visually-hidden">
            <tr>
              {headers.map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ key, name, value, formatted, detail }) => (
              <tr key={key}>
                <th scope="row">
                  {name}
                  <svg className={styles.track} data-tone={tone} aria-hidden="true">
                    <rect width="100%" height="100%" rx="4" className={styles.barBackground} />
                    <rect width={`${Math.max(0, (value / max) * 100)}%`} height="100%" rx="4" className={styles.bar} />
                  </svg>
                </th>
                <td>
                  {formatted}
                  {detail !== undefined && <span className={styles.detail}>{detail}</span>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
