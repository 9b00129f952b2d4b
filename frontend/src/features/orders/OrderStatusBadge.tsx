import { Icon } from '@/components/ui/Icon';
import type { OrderStatus } from '@/lib/api/types';
import styles from './OrderStatusBadge.module.css';
import { STATUS } from './status';

export function OrderStatusBadge({ status }: { status: OrderStatus }) {
  const { label, tone, icon } = STATUS[status];
  return (
    <span className={`${styles.status} ${styles[tone]}`}>
      <Icon name={icon} size={16} /> {label}
    </span>
  );
}
