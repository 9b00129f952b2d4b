import { Icon } from '@/components/ui/Icon';
import type { OrderWithTimeline } from '@/lib/api/types';
import { atMinute } from '@/lib/time';
import { STATUS, stages } from './status';
import styles from './orders.module.css';

/** What happened to an order and when, and what is still to come. */
export function Timeline({ order }: { order: OrderWithTimeline }) {
  return (
    <ol role="list" className={styles.timeline} aria-label="What happened">
      {stages(order).map(({ status, at, detail }, place) => (
        <li key={place} data-done={at !== undefined || undefined} className={styles.stage}>
          <span className={styles.dot}>
            <Icon name={STATUS[status].icon} size={16} />
          </span>
          <p>
            <strong>{STATUS[status].words}</strong>
            {at === undefined ? (
              <span className={styles.soft}>still to come</span>
            ) : (
              <>
                <time dateTime={at} className={styles.soft}>
                  {atMinute(at)}
                </time>
                <span>{detail ?? (status === order.status && STATUS[status].told)}</span>
              </>
            )}
          </p>
        </li>
      ))}
    </ol>
  );
}
