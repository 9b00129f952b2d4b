import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/components/ui/Button';
import { Dialog } from '@/components/ui/Dialog';
import { LoadError, Loading, Skeleton } from '@/components/ui/State';
import type { OrderWithTimeline, Payment } from '@/lib/api/types';
import { formatDateTime } from '@/lib/dates';
import { formatMoney } from '@/lib/money';
import { PaymentStatusBadge } from '../components/Badge';
import { DefinitionList, Panel } from '../components/Panel';
import styles from './Orders.module.css';
import { paymentsQuery } from './queries';
import { RefundForm } from './RefundForm';
import { shippedPieces } from './shipments';
import { refundableAmount } from './transitions';

export function Payments({ order }: { order: OrderWithTimeline }) {
  const { data, error, isPending, refetch } = useQuery(paymentsQuery(order.id));
  return (
    <Panel title="Payments">
      {isPending && (
        <Loading what="the payments">
          <Skeleton lines={3} />
        </Loading>
      )}
      {error && <LoadError error={error} onRetry={() => void refetch()} />}
      {data?.length === 0 && <p className={styles.muted}>No payment attempts yet.</p>}
      {data?.map((payment) => (
        <OnePayment key={payment.id} order={order} payment={payment} />
      ))}
    </Panel>
  );
}

function OnePayment({ order, payment }: { order: OrderWithTimeline; payment: Payment }) {
  const { currency } = order;
  const [refunding, setRefunding] = useState(false);
  const left = refundableAmount(payment);
  return (
    <article className={styles.payment} aria-label={`Payment of ${formatMoney(payment.amount, currency)}`}>
      <div className={styles.paymentHead}>
        <strong className={styles.amount}>{formatMoney(payment.amount, currency)}</strong>
        <PaymentStatusBadge status={payment.status} />
        {left > 0 && (
          <Button size="s" onClick={() => setRefunding(true)}>
            Refund
          </Button>
        )}
      </div>
      <DefinitionList
        entries={[
          ['Date', <time dateTime={payment.createdAt}>{formatDateTime(payment.createdAt)}</time>],
          ['Method', <code>{payment.method}</code>],
          ...(payment.transactionId ? [['Transaction', <code>{payment.transactionId}</code>] as const] : []),
          ...(payment.declineReason ? [['Reason', payment.declineReason.replaceAll('_', ' ')] as const] : []),
          ...payment.refunds.map((refund, nth) => [`Refund ${nth + 1}, ${formatDateTime(refund.createdAt)}`, <RefundValue order={order} refund={refund} />] as const),
          ...(payment.refunds.length > 0 ? [['Remaining', formatMoney(left, currency)] as const] : []),
        ]}
      />
      <Dialog open={refunding} onClose={() => setRefunding(false)} title="Refund payment">
        <RefundForm order={order} payment={payment} left={left} onSuccess={() => setRefunding(false)} />
      </Dialog>
    </article>
  );
}

/** The amount, with the items that it is for and the reason, if the admin named them. */
function RefundValue({ order, refund: { amount, items, reason } }: { order: OrderWithTimeline; refund: Payment['refunds'][number] }) {
  const details = [items && items.length > 0 ? shippedPieces(order, { items }) : '', reason ?? ''].filter((detail) => detail !== '');
  return (
    <span className={styles.refund}>
      −{formatMoney(amount, order.currency)}
      {details.length > 0 && <span>{details.join('. ')}</span>}
    </span>
  );
}
