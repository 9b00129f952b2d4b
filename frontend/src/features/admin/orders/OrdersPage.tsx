import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'react-router';
import { Choices } from '../components/Choices';
import { Desk } from '../components/Desk';
import { Listing } from '../components/Listing';
import { OrderMark, orderStatusWord } from '../components/Mark';
import { Panel } from '../components/Panel';
import { PersonName } from '../components/Person';
import { type Column, Table } from '../components/Table';
import { Button } from '@/components/ui/Button';
import { Empty } from '@/components/ui/State';
import type { Order } from '@/lib/api/types';
import { idOf } from '../lib/typed';
import { formatMoney } from '@/lib/money';
import { formatDateTime } from '@/lib/dates';
import { formatCount } from '@/lib/text';
import { CustomerFilter } from './CustomerFilter';
import { isStatus, STATUSES } from './transitions';
import styles from './Orders.module.css';
import { type Filters, ordersQuery } from './queries';

const CHOICES = { '': 'All', ...Object.fromEntries(STATUSES.map((status) => [status, orderStatusWord(status)])) };

const COLUMNS: readonly Column<Order>[] = [
  { head: 'Order', share: 1, lead: true, cell: (order) => <Link to={`/admin/orders/${order.id}`}>Order {order.id}</Link> },
  { head: 'Placed', share: 1.3, cell: (order) => <time dateTime={order.createdAt}>{formatDateTime(order.createdAt)}</time> },
  { head: 'Customer', share: 1.7, cell: (order) => <Customer id={order.userId} /> },
  { head: 'Status', share: 1.3, cell: (order) => <OrderMark status={order.status} /> },
  { head: 'Quantity', share: 1, numeric: true, cell: (order) => formatCount(order.items.reduce((sum, line) => sum + line.quantity, 0), 'unit') },
  { head: 'Total', share: 1.1, numeric: true, cell: (order) => <strong>{formatMoney(order.total)}</strong> },
];

export function OrdersPage() {
  const [params, setParams] = useSearchParams();
  const [status, user] = [params.get('status'), idOf(params.get('user'))];
  const filters: Filters = { ...(isStatus(status) && { status }), ...(user !== undefined && { user }) };
  const list = useInfiniteQuery(ordersQuery(filters));
  const choose = (change: { status?: string; user?: string }) => {
    const wish = { status: filters.status ?? '', user: String(filters.user ?? ''), ...change };
    setParams(new URLSearchParams(Object.entries(wish).filter(([, value]) => value !== '')), { preventScrollReset: true });
  };
  return (
    <Desk title="Orders" lead="All customers, newest first.">
      <div role="group" aria-label="Filters" className={styles.filters}>
        <Choices label="Status" name="status" choices={CHOICES} chosen={filters.status ?? ''} onChoose={(next) => choose({ status: next })} />
        <CustomerFilter key={user} user={user} onChoose={(next) => choose({ user: next === undefined ? '' : String(next) })} />
      </div>
      <Panel title={titleOf(filters)} flush>
        <Listing
          of={list}
          one="order"
          empty={
            <Empty icon="package" title="No orders found">
              {(filters.status ?? filters.user) !== undefined && <Button onClick={() => choose({ status: '', user: '' })}>Show all orders</Button>}
            </Empty>
          }
        >
          {(orders) => <Table caption={titleOf(filters)} columns={COLUMNS} rows={orders} keyOf={(order) => order.id} />}
        </Listing>
      </Panel>
    </Desk>
  );
}

/** Leads to all orders of the same customer. */
function Customer({ id }: { id: number }) {
  return (
    <Link to={`/admin/orders?user=${id}`} className={styles.quiet}>
      <PersonName id={id} />
    </Link>
  );
}

function titleOf({ status }: Filters): string {
  return status ? orderStatusWord(status) : 'All orders';
}
