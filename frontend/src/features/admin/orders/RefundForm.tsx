import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/components/ui/Button';
import { TextField } from '@/components/ui/Field';
import { FormAlert } from '@/components/ui/FormAlert';
import { showToast } from '@/components/ui/Toasts';
import { api, unwrap } from '@/lib/api/client';
import type { Payment } from '@/lib/api/types';
import { sendOnce } from '@/lib/idempotency/send';
import { DEFAULT_CURRENCY, formatMoney } from '@/lib/money';
import { formText, useForm } from '@/lib/useForm';
import { UnconfirmedRequest } from '../components/UnconfirmedRequest';
import { parseAmount } from '../lib/parse';
import styles from './Orders.module.css';
import { refreshOrders } from './queries';

type Refund = Payment['refunds'][number];
type RefundBody = { all: true } | { amount: number };

/** Refunds all or part of the remaining amount. While one refund has no known outcome, no other amount is sent: it would be a second refund. */
export function RefundForm({ payment, currency, left, onSuccess }: { payment: Payment; currency: string; left: number; onSuccess: () => void }) {
  const queries = useQueryClient();
  const [typed, setTyped] = useState(left.toFixed(2));
  const subject = `refund ${payment.id}`;
  const send = (key: string, body: RefundBody) =>
    unwrap(api.POST('/api/payments/{id}/refund', { params: { path: { id: payment.id }, header: { 'Idempotency-Key': key } }, body }));
  const done = (refund: Refund) => {
    showToast(`${formatMoney(refund.amount, currency)} refunded. The customer has been notified.`, 'good');
    void refreshOrders(queries);
    onSuccess();
  };
  const { form, submit, submitting, fieldError, formError } = useForm(
    ['amount'],
    async (data) => {
      const requested = parseAmount(formText(data, 'amount'), 'amount');
      // `all` instead of the amount: it stays correct if another admin refunds a part in the meantime.
      const body = requested.toFixed(2) === left.toFixed(2) ? { all: true as const } : { amount: requested };
      return sendOnce(subject, body, send);
    },
    done,
  );
  return (
    <form ref={form} onSubmit={submit} className={styles.form} noValidate>
      <p className={styles.muted}>
        Up to {formatMoney(left, currency)} of {formatMoney(payment.amount, currency)} can be refunded. Refunds are immediate and cannot be undone; the customer is notified. The order itself does not change. To restock the items as well, cancel it.
      </p>
      {!submitting && <UnconfirmedRequest subject={subject} describe={(body: RefundBody) => describeRefund(body, currency)} send={send} onDone={done} onSettled={() => void refreshOrders(queries)} />}
      <FormAlert error={formError} />
      <TextField
        label={currency === DEFAULT_CURRENCY ? 'Amount in euros' : `Amount in ${currency}`}
        name="amount"
        inputMode="decimal"
        autoComplete="off"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        error={fieldError('amount')}
      />
      <div className={styles.formActions}>
        <Button onClick={onSuccess}>Cancel</Button>
        <Button type="submit" variant="primary" loading={submitting}>
          Refund
        </Button>
      </div>
    </form>
  );
}

function describeRefund(body: RefundBody, currency: string): string {
  return 'all' in body ? 'A refund of the remaining amount' : `A refund of ${formatMoney(body.amount, currency)}`;
}
