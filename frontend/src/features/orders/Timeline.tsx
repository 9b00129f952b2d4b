import { Icon } from '@/components/ui/Icon';
import type { OrderStatus, OrderWithTimeline } from '@/lib/api/types';
import { formatDateTime } from '@/lib/dates';
import { declineMessage } from '@/lib/declineMessage';
import styles from './orders.module.css';
import { stages, STATUS } from './status';

/** Past and upcoming stages of an order. */
export function Timeline({ order }: { order: OrderWithTimeline }) {
  return (
    <ol role="list" className={styles.timeline} aria-label="Order history">
      {stages(order).map(({ status, at, detail }, index) => (
        <li key={index} data-done={at !== undefined || undefined} className={styles.stage}>
          <span className={styles.dot}>
            <Icon name={STATUS[status].icon} size={16} />
          </span>
          <p>
            <strong>{STATUS[status].label}</strong>
            {at === undefined ? (
              <span className={styles.muted}>Upcoming</span>
            ) : (
              <>
                <time dateTime={at} className={styles.muted}>
                  {formatDateTime(at)}
                </time>
                <span>{stageText(order, status, detail)}</span>
              </>
            )}
          </p>
        </li>
      ))}
    </ol>
  );
}

/** Past stages have a text only if there is a detail; the current one always has one. */
function stageText(order: OrderWithTimeline, status: OrderStatus, detail: string | undefined): string | undefined {
  if (status === 'payment_failed') return declineMessage(detail);
  return detail ?? (status === order.status ? STATUS[status].description : undefined);
}
