import { Icon } from '@/components/ui/Icon';
import type { OrderWithTimeline } from '@/lib/api/types';
import { formatDateTime } from '@/lib/dates';
import styles from './orders.module.css';
import { stages, stageText, stageTitle, STATUS } from './status';

/** Past and upcoming stages of an order, with its returns and refunds. */
export function Timeline({ order }: { order: OrderWithTimeline }) {
  return (
    <ol role="list" className={styles.timeline} aria-label="Order history">
      {stages(order).map((stage, index) => (
        <li key={index} data-done={stage.at !== undefined || undefined} className={styles.stage}>
          <span className={styles.dot}>
            <Icon name={STATUS[stage.status].icon} size={16} />
          </span>
          <p>
            <strong>{stageTitle(stage)}</strong>
            {stage.at === undefined ? (
              <span className={styles.muted}>Upcoming</span>
            ) : (
              <>
                <time dateTime={stage.at} className={styles.muted}>
                  {formatDateTime(stage.at)}
                </time>
                <span>{stageText(order, stage)}</span>
              </>
            )}
          </p>
        </li>
      ))}
    </ol>
  );
}
