import { type ReactNode, useId } from 'react';
import { Panel } from '../components/Panel';
import styles from './Ranking.module.css';

type Ranked = { key: string | number; name: ReactNode; value: number; figure: string; more?: string | undefined };

/** Things by how much of them there is, with a bar each: a table whose rows are drawn. */
export function Ranking({ title, heads, rows, empty, tone = 'brand' }: {
  title: string;
  heads: readonly [string, string];
  rows: readonly Ranked[];
  empty: string;
  tone?: 'brand' | 'soft';
}) {
  const id = useId();
  const most = Math.max(...rows.map(({ value }) => value), 0);
  return (
    <Panel title={title}>
      {most === 0 ? (
        <p className={styles.empty}>{empty}</p>
      ) : (
        <table className={styles.ranking} aria-describedby={id}>
          <caption id={id} className="visually-hidden">
            {title}
          </caption>
          <thead className="visually-hidden">
            <tr>
              {heads.map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ key, name, value, figure, more }) => (
              <tr key={key}>
                <th scope="row">
                  {name}
                  <svg className={styles.track} data-tone={tone} aria-hidden="true">
                    <rect width="100%" height="100%" rx="4" className={styles.air} />
                    <rect width={`${Math.max(0, (value / most) * 100)}%`} height="100%" rx="4" className={styles.bar} />
                  </svg>
                </th>
                <td>
                  {figure}
                  {more !== undefined && <span className={styles.more}>{more}</span>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
