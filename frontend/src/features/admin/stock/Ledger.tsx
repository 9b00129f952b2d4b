import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { EmptyState } from '@/components/ui/State';
import type { StockLedgerEntry } from '@/lib/api/types';
import { formatDateTime } from '@/lib/dates';
import { PagedList } from '../components/PagedList';
import { Panel } from '../components/Panel';
import { type Column, Table } from '../components/Table';
import { UserName } from '../components/UserName';
import { formatDelta, reasonLabel } from './movement';
import { ledgerQuery } from './queries';
import styles from './Stock.module.css';

const COLUMNS: readonly Column<StockLedgerEntry>[] = [
  { header: 'Date', width: 1.3, rowHeader: true, cell: ({ at }) => <time dateTime={at}>{formatDateTime(at)}</time> },
  { header: 'Reason', width: 1.6, cell: ({ reason }) => <span className={styles.reason}>{reasonLabel(reason)}</span> },
  { header: 'By', width: 1.3, cell: (entry) => <By entry={entry} /> },
  { header: 'Change', width: 1, numeric: true, cell: ({ delta }) => <strong className={delta < 0 ? styles.decrease : styles.increase}>{formatDelta(delta)}</strong> },
  { header: 'Stock after', width: 1.1, numeric: true, cell: ({ quantityAfter }) => quantityAfter.toLocaleString('en') },
];

/** Reservations do not change the quantity, so they are not listed. */
export function Ledger({ productId }: { productId: number }) {
  const list = useInfiniteQuery(ledgerQuery(productId));
  return (
    <Panel title="Ledger" flush>
      <PagedList query={list} singular="change" empty={<EmptyState icon="package" title="No stock changes yet" />}>
        {(entries) => <Table caption="Stock changes, newest first" columns={COLUMNS} rows={entries} rowKey={(entry) => entry.id} />}
      </PagedList>
    </Panel>
  );
}

function By({ entry: { orderId, actor } }: { entry: StockLedgerEntry }) {
  if (orderId !== undefined && orderId !== null) return <Link to={`/admin/orders/${orderId}`}>Order {orderId}</Link>;
  return actor === undefined || actor === null ? 'System' : <UserName id={actor} />;
}
