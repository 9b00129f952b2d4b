import { Link } from 'react-router';
import { MoneyLines } from '@/components/ui/MoneyLines';
import type { OrderLine, OrderWithTimeline } from '@/lib/api/types';
import { formatMoney, sumLines } from '@/lib/money';
import { Panel } from '../components/Panel';
import { Table } from '../components/Table';
import styles from './Orders.module.css';

/** The items, with the prices at the time of the order. */
export function OrderItems({ order }: { order: OrderWithTimeline }) {
  const { currency } = order;
  const hasDiscounts = order.items.some(({ discount }) => discount > 0);
  return (
    <Panel title="Items" flush>
      <Table
        caption="Items"
        rows={order.items}
        rowKey={(line) => line.productId}
        columns={[
          { header: 'Product', rowHeader: true, cell: (line) => <Link to={`/admin/products/${line.productId}`}>{line.name}</Link> },
          { header: 'Quantity', numeric: true, cell: (line) => line.quantity },
          { header: 'Price', numeric: true, cell: (line) => formatMoney(line.price, currency) },
          ...(hasDiscounts ? [{ header: 'Discount', numeric: true, cell: ({ discount }: OrderLine) => formatMoney(-discount, currency) }] : []),
          { header: 'Subtotal', numeric: true, cell: (line) => formatMoney(sumLines([line]), currency) },
        ]}
      />
      <div className={styles.bill}>
        <MoneyLines bill={order} />
      </div>
    </Panel>
  );
}
