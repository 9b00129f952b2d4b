import { useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Button } from '@/components/ui/Button';
import { TextArea, TextField } from '@/components/ui/Field';
import { FormAlert } from '@/components/ui/FormAlert';
import { showToast } from '@/components/ui/Toasts';
import { UnconfirmedRequest } from '@/components/ui/UnconfirmedRequest';
import { api, unwrap } from '@/lib/api/client';
import type { RequestReturn } from '@/lib/api/types';
import { sendOnce } from '@/lib/idempotency/send';
import type { ReturnablePieces } from '@/lib/returns';
import { formText, useForm } from '@/lib/useForm';
import styles from './Orders.module.css';
import { refreshOrders } from './queries';
import { MAX_TEXT, returnRequest } from './returns';
import { quantityField } from './shipments';

/** A return on behalf of the customer. While one request has no known outcome, no other is sent. */
export function ReturnForm({ orderId, pieces, onClose }: { orderId: number; pieces: readonly ReturnablePieces[]; onClose: () => void }) {
  const queries = useQueryClient();
  const subject = `return ${orderId}`;
  const send = (key: string, body: RequestReturn) =>
    unwrap(api.POST('/api/orders/{id}/returns', { params: { path: { id: orderId }, header: { 'Idempotency-Key': key } }, body }));
  const done = () => {
    showToast(`A return of order ${orderId} has been added. The customer has been notified.`, 'good');
    void refreshOrders(queries);
    onClose();
  };
  const fields = useMemo(() => [...pieces.map(({ productId }) => quantityField(productId)), 'reason'], [pieces]);
  const { form, submit, submitting, fieldError, formError } = useForm(
    fields,
    async (data) => sendOnce(subject, returnRequest(pieces, (field) => formText(data, field)), send),
    done,
  );
  return (
    <form ref={form} onSubmit={submit} className={styles.form} noValidate>
      <p className={styles.muted}>For a customer who asked in another way. The time for returns does not apply to you. It is decided like any other return.</p>
      {!submitting && <UnconfirmedRequest subject={subject} describe={() => 'A return'} send={send} onDone={done} onSettled={() => void refreshOrders(queries)} />}
      <FormAlert error={formError} />
      {pieces.map(({ productId, name, quantity }) => (
        <TextField
          key={productId}
          label={`${name}, of ${quantity} shipped`}
          name={quantityField(productId)}
          inputMode="numeric"
          autoComplete="off"
          defaultValue={0}
          error={fieldError(quantityField(productId))}
        />
      ))}
      <TextArea label="Reason" name="reason" autoComplete="off" required maxLength={MAX_TEXT} error={fieldError('reason')} />
      <div className={styles.formActions}>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" loading={submitting}>
          Add return
        </Button>
      </div>
    </form>
  );
}
