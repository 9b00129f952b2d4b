import { useQuery } from '@tanstack/react-query';
import { LoadError } from '@/components/ui/State';
import type { Payment } from '@/lib/api/types';
import { formatDateTime } from '@/lib/dates';
import { formatMoney } from '@/lib/money';
import styles from './orders.module.css';
import { paymentsQuery } from './queries';

const STATUS_LABELS: Record<Payment['status'], string> = {
  captured: 'paid',
  declined: 'declined, nothing charged',
  refunded: 'refunded',
  partially_refunded: 'partially refunded',
  voided: 'not charged',
};

export function Payments({ userId, orderId, currency }: { userId: number; orderId: number; currency: string }) {
  const { data, error, refetch } = useQuery(paymentsQuery(userId, orderId));
  if (!data && error) return <LoadError error={error} onRetry={() => void refetch()} />;
  if (!data || data.length === 0) return null;
  return (
    <section aria-labelledby="payments" className={styles.payments}>
      <h2 id="payments">Payment</h2>
      <ul role="list">
        {data.map((payment) => (
          <li key={payment.id}>
            <p>
              {formatMoney(payment.amount, currency)}, {STATUS_LABELS[payment.status]}{' '}
              <span className={styles.muted}>{formatDateTime(payment.createdAt)}</span>
            </p>
            {payment.refunds.map((refund) => (
              <p key={refund.id} className={styles.muted}>
                {formatMoney(refund.amount, currency)} refunded on {formatDateTime(refund.createdAt)}
              </p>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}
