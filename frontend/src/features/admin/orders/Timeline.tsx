import type { OrderStatus, OrderWithTimeline } from '@/lib/api/types';
import { formatDateTime } from '@/lib/dates';
import { returnOrRefund } from '@/lib/returns';
import { toSentence } from '@/lib/text';
import { orderStatusLabel } from '../components/Badge';
import { Panel } from '../components/Panel';
import styles from './Orders.module.css';

/** Past events, not what is to be done next: a confirmed order was paid. */
const PAST_LABELS: Partial<Record<OrderStatus, string>> = { pending: 'Placed', confirmed: 'Paid' };

export function Timeline({ order }: { order: OrderWithTimeline }) {
  return (
    <Panel title="History">
      <ol role="list" className={styles.timeline}>
        {order.timeline.map(({ status, at, detail }, nth) => {
          const title = returnOrRefund(detail);
          return (
            <li key={nth}>
              <strong>{title ?? PAST_LABELS[status] ?? orderStatusLabel(status)}</strong>
              <time dateTime={at}>{formatDateTime(at)}</time>
              {detail && title === undefined && <span>{toSentence(detail.replaceAll('_', ' '))}</span>}
            </li>
          );
        })}
      </ol>
    </Panel>
  );
}
