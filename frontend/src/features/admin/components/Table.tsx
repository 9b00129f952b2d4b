import type { ReactNode } from 'react';
import styles from './Table.module.css';

export type Column<Row> = {
  head: string;
  cell: (row: Row) => ReactNode;
  /** Numbers stand at the end, under each other. */
  numeric?: boolean;
  /** What the row is about: stands on top where rows become cards, and names the row. */
  lead?: boolean;
  /** Its part of the width. Where all have one, what comes late (a name) moves nothing beside it. */
  share?: number;
  /** What can be done with the row: has no heading to be seen. */
  actions?: boolean;
};

/** Rows and columns; on a narrow screen each row is a card. `caption` is for who cannot see it. */
export function Table<Row>({ caption, columns, rows, keyOf }: {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string | number;
}) {
  const whole = columns.reduce((sum, { share = NaN }) => sum + share, 0);
  const fixed = !Number.isNaN(whole);
  return (
    <table className={fixed ? `${styles.table} ${styles.fixed}` : styles.table}>
      <caption className="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ head, numeric, actions, share = 0 }) => (
            <th
              key={head}
              scope="col"
              className={numeric ? styles.numeric : undefined}
              style={fixed ? { width: `${(share / whole) * 100}%` } : undefined}
            >
              {actions ? <span className="visually-hidden">{head}</span> : head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map((column) => (
              <Cell key={column.head} column={column} row={row} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cell<Row>({ column, row }: { column: Column<Row>; row: Row }) {
  const { head, numeric, lead, actions } = column;
  if (lead) {
    return (
      <th scope="row" className={styles.lead}>
        {column.cell(row)}
      </th>
    );
  }
  const look = [numeric && styles.numeric, actions && styles.actions].filter(Boolean).join(' ');
  return (
    <td className={look || undefined} data-label={actions ? undefined : head}>
      {column.cell(row)}
    </td>
  );
}
