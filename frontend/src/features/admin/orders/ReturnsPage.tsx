import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'react-router';
import { Button } from '@/components/ui/Button';
import { EmptyState } from '@/components/ui/State';
import type { Return } from '@/lib/api/types';
import { formatDateTime } from '@/lib/dates';
import { formatCount } from '@/lib/text';
import { AdminPage } from '../components/AdminPage';
import { ReturnStatusBadge, returnStatusLabel } from '../components/Badge';
import { PagedList } from '../components/PagedList';
import { Panel } from '../components/Panel';
import { SegmentedControl } from '../components/SegmentedControl';
import { type Column, Table } from '../components/Table';
import styles from './Orders.module.css';
import { returnsQuery } from './queries';
import { isReturnStatus, RETURN_STATUSES } from './returns';

const CHOICES = { '': 'All', ...Object.fromEntries(RETURN_STATUSES.map((status) => [status, returnStatusLabel(status)])) };

const COLUMNS: readonly Column<Return>[] = [
  { header: 'Order', width: 1, rowHeader: true, cell: ({ orderId }) => <Link to={`/admin/orders/${orderId}`}>Order {orderId}</Link> },
  { header: 'Requested', width: 1.2, cell: ({ createdAt }) => <time dateTime={createdAt}>{formatDateTime(createdAt)}</time> },
  { header: 'Quantity', width: 0.8, numeric: true, cell: ({ items }) => formatCount(items.reduce((sum, { quantity }) => sum + quantity, 0), 'unit') },
  { header: 'Reason', width: 2.2, cell: ({ reason }) => reason },
  { header: 'Status', width: 1.1, cell: ({ status }) => <ReturnStatusBadge status={status} /> },
];

/** The returns of all orders. They are decided on the page of their order. */
export function ReturnsPage() {
  const [params, setParams] = useSearchParams();
  const requested = params.get('status');
  const status = isReturnStatus(requested) ? requested : undefined;
  const list = useInfiniteQuery(returnsQuery(status));
  const choose = (next: string) => setParams(next === '' ? {} : { status: next }, { preventScrollReset: true });
  const title = status === undefined ? 'All returns' : returnStatusLabel(status);
  return (
    <AdminPage title="Returns" lead="All orders, newest first. Open the order to decide.">
      <div role="group" aria-label="Filters" className={styles.filters}>
        <SegmentedControl label="Status" name="status" options={CHOICES} selected={status ?? ''} onSelect={choose} />
      </div>
      <Panel title={title} flush>
        <PagedList
          query={list}
          singular="return"
          empty={
            <EmptyState icon="package" title="No returns found">
              {status !== undefined && <Button onClick={() => choose('')}>Show all returns</Button>}
            </EmptyState>
          }
        >
          {(returns) => <Table caption={title} columns={COLUMNS} rows={returns} rowKey={(one) => one.id} />}
        </PagedList>
      </Panel>
    </AdminPage>
  );
}
