import type { ReactNode } from 'react';
import styles from './Table.module.css';

export type Column<Row> = {
  header: string;
  cell: (row: Row) => ReactNode;
  /** Aligned to the end. */
  numeric?: boolean;
  /** The row's header: on top when rows become cards. */
  rowHeader?: boolean;
  /** Relative width. If all columns have one, content that loads later does not shift them. */
  width?: number;
  /** Actions on the row: the header is visually hidden. */
  actions?: boolean;
};

/** On narrow screens each row is a card. `caption` is for screen readers. */
export function Table<Row>({ caption, columns, rows, rowKey }: {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string | number;
}) {
  const whole = columns.reduce((sum, { width = NaN }) => sum + width, 0);
  const fixed = !Number.isNaN(whole);
  return (
    <table className={fixed ? `${styles.table} ${styles.fixed}` : styles.table}>
      <caption className="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ header, numeric, actions, width = 0 }) => (
            <th
              key={header}
              scope="col"
              className={numeric ? styles.numeric : undefined}
              style={fixed ? { width: `${(width / whole) * 100}%` } : undefined}
            >
              {actions ? <span className="visually-hidden">{header}</span> : header}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)}>
            {columns.map((column) => (
              <Cell key={column.header} column={column} row={row} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cell<Row>({ column, row }: { column: Column<Row>; row: Row }) {
  const { header, numeric, rowHeader, actions } = column;
  if (rowHeader) {
    return (
      <th scope="row" className={styles.rowHeader}>
        {column.cell(row)}
      </th>
    );
  }
  const classes = [numeric && styles.numeric, actions && styles.actions].filter(Boolean).join(' ');
  return (
    <td className={classes || undefined} data-label={actions ? undefined : header}>
      {column.cell(row)}
    </td>
  );
}
