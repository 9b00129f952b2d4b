import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/components/ui/Button';
import { Dialog } from '@/components/ui/Dialog';
import { LoadError, Loading, Skeleton } from '@/components/ui/State';
import type { Payment } from '@/lib/api/types';
import { formatDateTime } from '@/lib/dates';
import { formatMoney } from '@/lib/money';
import { PaymentStatusBadge } from '../components/Badge';
import { DefinitionList, Panel } from '../components/Panel';
import styles from './Orders.module.css';
import { paymentsQuery } from './queries';
import { RefundForm } from './RefundForm';
import { refundableAmount } from './transitions';

export function Payments({ orderId, currency }: { orderId: number; currency: string }) {
  const { data, error, isPending, refetch } = useQuery(paymentsQuery(orderId));
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
        <OnePayment key={payment.id} payment={payment} currency={currency} />
      ))}
    </Panel>
  );
}

function OnePayment({ payment, currency }: { payment: Payment; currency: string }) {
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
          ...payment.refunds.map((refund, nth) => [`Refund ${nth + 1}, ${formatDateTime(refund.createdAt)}`, `−${formatMoney(refund.amount, currency)}`] as const),
          ...(payment.refunds.length > 0 ? [['Remaining', formatMoney(left, currency)] as const] : []),
        ]}
      />
      <Dialog open={refunding} onClose={() => setRefunding(false)} title="Refund payment">
        <RefundForm payment={payment} currency={currency} left={left} onSuccess={() => setRefunding(false)} />
      </Dialog>
    </article>
  );
}
