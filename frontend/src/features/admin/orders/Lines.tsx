import { Link } from 'react-router';
import { Panel } from '../components/Panel';
import { Table } from '../components/Table';
import type { OrderWithTimeline } from '@/lib/api/types';
import { formatMoney, sumLines } from '@/lib/money';
import styles from './Orders.module.css';

/** Items, at the prices of that moment. */
export function Lines({ order }: { order: OrderWithTimeline }) {
  return (
    <Panel title="Items" flush>
      <Table
        caption="Items"
        rows={order.items}
        keyOf={(line) => line.productId}
        columns={[
          { head: 'Product', lead: true, cell: (line) => <Link to={`/admin/products/${line.productId}`}>{line.name}</Link> },
          { head: 'Quantity', numeric: true, cell: (line) => line.quantity },
          { head: 'Price', numeric: true, cell: (line) => formatMoney(line.price) },
          { head: 'Subtotal', numeric: true, cell: (line) => formatMoney(sumLines([line])) },
        ]}
      />
      <p className={styles.total}>
        <span>Total</span> <strong>{formatMoney(order.total)}</strong>
      </p>
    </Panel>
  );
}
