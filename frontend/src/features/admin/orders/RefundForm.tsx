import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Button } from '@/components/ui/Button';
import { TextField } from '@/components/ui/Field';
import { FormAlert } from '@/components/ui/FormAlert';
import { showToast } from '@/components/ui/Toasts';
import { UnconfirmedRequest } from '@/components/ui/UnconfirmedRequest';
import { api, unwrap } from '@/lib/api/client';
import type { OrderWithTimeline, Payment, RefundPayment } from '@/lib/api/types';
import { sendOnce } from '@/lib/idempotency/send';
import { formatMoney } from '@/lib/money';
import { formText, useForm } from '@/lib/useForm';
import { SegmentedControl } from '../components/SegmentedControl';
import styles from './Orders.module.css';
import { refreshOrders } from './queries';
import { RefundItems } from './RefundItems';
import { chosenAmount, describeRefund, refundable, type RefundKind, REFUND_KINDS, refundRequest } from './refunds';
import { quantityField } from './shipments';

type Props = { order: OrderWithTimeline; payment: Payment; left: number; onSuccess: () => void };

/**
 * Refunds an amount, all that is left, or what was paid for some items. While one refund has no known outcome, no
 * other is sent: it would be a second refund.
 */
export function RefundForm({ order, payment, left, onSuccess }: Props) {
  const { currency } = order;
  const queries = useQueryClient();
  const [kind, setKind] = useState<RefundKind>('amount');
  const [typed, setTyped] = useState(left.toFixed(2));
  const [chosen, setChosen] = useState<number | undefined>(0);
  const of = refundable(order, payment, left);
  const subject = `refund ${payment.id}`;
  const send = (key: string, body: RefundPayment) =>
    unwrap(api.POST('/api/payments/{id}/refund', { params: { path: { id: payment.id }, header: { 'Idempotency-Key': key } }, body }));
  const done = (refund: Payment['refunds'][number]) => {
    showToast(`${formatMoney(refund.amount, currency)} refunded. The customer has been notified.`, 'good');
    void refreshOrders(queries);
    onSuccess();
  };
  const fields = useMemo(() => [...(kind === 'amount' ? ['amount'] : [...order.items.map(({ productId }) => quantityField(productId)), 'shipping']), 'reason'], [kind, order]);
  const { form, submit, submitting, fieldError, formError } = useForm(
    fields,
    async (data) => sendOnce(subject, refundRequest(kind, of, (field) => formText(data, field)), send),
    done,
  );
  const onChoose = () => {
    const data = new FormData(form.current ?? undefined);
    setChosen(chosenAmount(of, (field) => formText(data, field)));
  };
  return (
    <form ref={form} onSubmit={submit} className={styles.form} noValidate>
      <p className={styles.muted}>
        Up to {formatMoney(left, currency)} of {formatMoney(payment.amount, currency)} can be refunded. Refunds are immediate and cannot be undone; the customer is notified. The order itself does not change. To restock the items as well, cancel it or receive a return.
      </p>
      {!submitting && <UnconfirmedRequest subject={subject} describe={(body: RefundPayment) => describeRefund(body, currency)} send={send} onDone={done} onSettled={() => void refreshOrders(queries)} />}
      <FormAlert error={formError} />
      <SegmentedControl label="What to refund" name="kind" options={REFUND_KINDS} selected={kind} onSelect={setKind} />
      {kind === 'amount' ? (
        <TextField
          label={`Amount in ${currency}`}
          name="amount"
          inputMode="decimal"
          autoComplete="off"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          error={fieldError('amount')}
        />
      ) : (
        <RefundItems of={of} currency={currency} chosen={chosen} onChoose={onChoose} fieldError={fieldError} />
      )}
      <TextField label="Reason (optional)" name="reason" autoComplete="off" maxLength={200} hint="Kept with the refund." error={fieldError('reason')} />
      <div className={styles.formActions}>
        <Button onClick={onSuccess}>Cancel</Button>
        <Button type="submit" variant="primary" loading={submitting}>
          Refund
        </Button>
      </div>
    </form>
  );
}
