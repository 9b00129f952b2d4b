import type { OrderStatus, OrderWithTimeline } from '@/lib/api/types';
import { formatDateTime } from '@/lib/dates';
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
        {order.timeline.map(({ status, at, detail }) => (
          <li key={`${status} ${at}`}>
            <strong>{PAST_LABELS[status] ?? orderStatusLabel(status)}</strong>
            <time dateTime={at}>{formatDateTime(at)}</time>
            {detail && <span>{toSentence(detail.replaceAll('_', ' '))}</span>}
          </li>
        ))}
      </ol>
    </Panel>
  );
}
