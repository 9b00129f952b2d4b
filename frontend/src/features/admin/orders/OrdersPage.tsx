import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'react-router';
import { Button } from '@/components/ui/Button';
import { EmptyState } from '@/components/ui/State';
import type { Order } from '@/lib/api/types';
import { formatDateTime } from '@/lib/dates';
import { parseId } from '@/lib/id';
import { formatMoney } from '@/lib/money';
import { formatCount } from '@/lib/text';
import { AdminPage } from '../components/AdminPage';
import { OrderStatusBadge, orderStatusLabel } from '../components/Badge';
import { PagedList } from '../components/PagedList';
import { Panel } from '../components/Panel';
import { SegmentedControl } from '../components/SegmentedControl';
import { type Column, Table } from '../components/Table';
import { UserName } from '../components/UserName';
import { CustomerFilter } from './CustomerFilter';
import styles from './Orders.module.css';
import { type Filters, ordersQuery } from './queries';
import { isStatus, STATUSES } from './transitions';

const CHOICES = { '': 'All', ...Object.fromEntries(STATUSES.map((status) => [status, orderStatusLabel(status)])) };

const COLUMNS: readonly Column<Order>[] = [
  { header: 'Order', width: 1, rowHeader: true, cell: (order) => <Link to={`/admin/orders/${order.id}`}>Order {order.id}</Link> },
  { header: 'Placed', width: 1.3, cell: (order) => <time dateTime={order.createdAt}>{formatDateTime(order.createdAt)}</time> },
  { header: 'Customer', width: 1.7, cell: (order) => <Customer id={order.userId} /> },
  { header: 'Status', width: 1.3, cell: (order) => <OrderStatusBadge status={order.status} /> },
  { header: 'Quantity', width: 1, numeric: true, cell: (order) => formatCount(order.items.reduce((sum, line) => sum + line.quantity, 0), 'unit') },
  { header: 'Total', width: 1.1, numeric: true, cell: (order) => <strong>{formatMoney(order.total, order.currency)}</strong> },
];

export function OrdersPage() {
  const [params, setParams] = useSearchParams();
  const [status, user] = [params.get('status'), parseId(params.get('user'))];
  const filters: Filters = { ...(isStatus(status) && { status }), ...(user !== undefined && { user }) };
  const list = useInfiniteQuery(ordersQuery(filters));
  const choose = (change: { status?: string; user?: string }) => {
    const next = { status: filters.status ?? '', user: String(filters.user ?? ''), ...change };
    setParams(new URLSearchParams(Object.entries(next).filter(([, value]) => value !== '')), { preventScrollReset: true });
  };
  return (
    <AdminPage title="Orders" lead="All customers, newest first.">
      <div role="group" aria-label="Filters" className={styles.filters}>
        <SegmentedControl label="Status" name="status" options={CHOICES} selected={filters.status ?? ''} onSelect={(next) => choose({ status: next })} />
        <CustomerFilter key={user} user={user} onChoose={(next) => choose({ user: next === undefined ? '' : String(next) })} />
      </div>
      <Panel title={titleOf(filters)} flush>
        <PagedList
          query={list}
          singular="order"
          empty={
            <EmptyState icon="package" title="No orders found">
              {(filters.status ?? filters.user) !== undefined && <Button onClick={() => choose({ status: '', user: '' })}>Show all orders</Button>}
            </EmptyState>
          }
        >
          {(orders) => <Table caption={titleOf(filters)} columns={COLUMNS} rows={orders} rowKey={(order) => order.id} />}
        </PagedList>
      </Panel>
    </AdminPage>
  );
}

/** Links to all orders of the customer. */
function Customer({ id }: { id: number }) {
  return (
    <Link to={`/admin/orders?user=${id}`} className={styles.customerLink}>
      <UserName id={id} />
    </Link>
  );
}

function titleOf({ status }: Filters): string {
  return status ? orderStatusLabel(status) : 'All orders';
}
