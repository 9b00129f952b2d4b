import { useQuery } from '@tanstack/react-query';
import { Failed } from '@/components/ui/State';
import type { Payment } from '@/lib/api/types';
import { formatMoney } from '@/lib/money';
import { formatDateTime } from '@/lib/dates';
import { paymentsQuery } from './queries';
import styles from './orders.module.css';

const WORDS: Record<Payment['status'], string> = {
  captured: 'paid',
  declined: 'declined, nothing charged',
  refunded: 'refunded',
  partially_refunded: 'partially refunded',
  voided: 'not charged',
};

/** What became of the money. */
export function Payments({ userId, orderId }: { userId: number; orderId: number }) {
  const { data, error, refetch } = useQuery(paymentsQuery(userId, orderId));
  if (!data && error) return <Failed error={error} onRetry={() => void refetch()} />;
  if (!data || data.length === 0) return null;
  return (
    <section aria-labelledby="payments" className={styles.payments}>
      <h2 id="payments">Payment</h2>
      <ul role="list">
        {data.map((payment) => (
          <li key={payment.id}>
            <p>
              {formatMoney(payment.amount)}, {WORDS[payment.status]}{' '}
              <span className={styles.soft}>{formatDateTime(payment.createdAt)}</span>
            </p>
            {payment.refunds.map((refund) => (
              <p key={refund.id} className={styles.soft}>
                {formatMoney(refund.amount)} refunded on {formatDateTime(refund.createdAt)}
              </p>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}
