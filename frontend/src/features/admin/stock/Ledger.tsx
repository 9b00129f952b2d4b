import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { Listing } from '../components/Listing';
import { Panel } from '../components/Panel';
import { PersonName } from '../components/Person';
import { type Column, Table } from '../components/Table';
import { Empty } from '@/components/ui/State';
import type { LedgerEntry } from '@/lib/api/types';
import { formatDateTime } from '@/lib/dates';
import { toSentence } from '@/lib/text';
import { signed } from './movement';
import { ledgerQuery } from './queries';
import styles from './Stock.module.css';

const COLUMNS: readonly Column<LedgerEntry>[] = [
  { head: 'Date', share: 1.3, lead: true, cell: ({ at }) => <time dateTime={at}>{formatDateTime(at)}</time> },
  { head: 'Reason', share: 1.6, cell: ({ reason }) => <span className={styles.reason}>{toSentence(reason)}</span> },
  { head: 'By', share: 1.3, cell: (entry) => <By entry={entry} /> },
  { head: 'Change', share: 1, numeric: true, cell: ({ delta }) => <strong className={delta < 0 ? styles.out : styles.in}>{signed(delta)}</strong> },
  { head: 'Stock after', share: 1.1, numeric: true, cell: ({ quantityAfter }) => quantityAfter.toLocaleString('en') },
];

/** Every change of the quantity, newest first. What is reserved changes nothing, so it is not here. */
export function Ledger({ productId }: { productId: number }) {
  const list = useInfiniteQuery(ledgerQuery(productId));
  return (
    <Panel title="Ledger" flush>
      <Listing of={list} one="change" empty={<Empty icon="package" title="No stock changes yet" />}>
        {(entries) => <Table caption="Stock changes, newest first" columns={COLUMNS} rows={entries} keyOf={(entry) => entry.id} />}
      </Listing>
    </Panel>
  );
}

function By({ entry: { orderId, actor } }: { entry: LedgerEntry }) {
  if (orderId !== undefined && orderId !== null) return <Link to={`/admin/orders/${orderId}`}>Order {orderId}</Link>;
  return actor === undefined || actor === null ? 'System' : <PersonName id={actor} />;
}
