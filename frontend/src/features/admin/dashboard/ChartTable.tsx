import type { ReactNode } from 'react';
import styles from './ChartTable.module.css';

/** A chart's values as a table, for screen readers and copying. */
export function ChartTable({ caption, headers, rows }: {
  caption: string;
  headers: readonly [string, string];
  rows: readonly (readonly [key: string, name: ReactNode, figure: string])[];
}) {
  return (
    <details className={styles.chartTable}>
      <summary>
        View as table<span className="visually-hidden">: {caption}</span>
      </summary>
      {/* Scrollable, so it must be focusable. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={styles.scroll} tabIndex={0} role="region" aria-label={`${caption} as a table`}>
        <table>
          <caption className="visually-hidden">{caption}</caption>
          <thead>
            <tr>
              {headers.map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([key, name, figure]) => (
              <tr key={key}>
                <th scope="row">{name}</th>
                <td>{figure}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
