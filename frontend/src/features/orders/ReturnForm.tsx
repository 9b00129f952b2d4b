import { useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Button } from '@/components/ui/Button';
import { SelectField, TextArea } from '@/components/ui/Field';
import { FormAlert } from '@/components/ui/FormAlert';
import { showToast } from '@/components/ui/Toasts';
import { UnconfirmedRequest } from '@/components/ui/UnconfirmedRequest';
import { api, unwrap } from '@/lib/api/client';
import type { OrderWithTimeline, RequestReturn } from '@/lib/api/types';
import { sendOnce } from '@/lib/idempotency/send';
import type { ReturnablePieces } from '@/lib/returns';
import { formText, useForm } from '@/lib/useForm';
import styles from './orders.module.css';
import { MAX_REASON, quantityField, returnRequest, returnSubject } from './returns';

type Props = { order: OrderWithTimeline; pieces: readonly ReturnablePieces[]; onClose: () => void };

/** Asks for a return of the chosen pieces. While one request has no known outcome, no other is sent. */
export function ReturnForm({ order, pieces, onClose }: Props) {
  const queries = useQueryClient();
  const send = (key: string, body: RequestReturn) =>
    unwrap(api.POST('/api/orders/{id}/returns', { params: { path: { id: order.id }, header: { 'Idempotency-Key': key } }, body }));
  const refresh = () => queries.invalidateQueries({ queryKey: ['mine'] });
  const done = () => {
    showToast('We have received your request, and will reply soon.', 'good');
    onClose();
  };
  const fields = useMemo(() => [...pieces.map(({ productId }) => quantityField(productId)), 'reason'], [pieces]);
  const { form, submit, submitting, fieldError, formError } = useForm(
    fields,
    async (data) => {
      const request = returnRequest(pieces, (field) => formText(data, field));
      // Refreshes the order after a success and after an error: it may have changed.
      return sendOnce(returnSubject(order.id), request, send).finally(() => void refresh());
    },
    done,
  );
  return (
    <form ref={form} onSubmit={submit} className={styles.form} noValidate>
      {!submitting && <UnconfirmedRequest subject={returnSubject(order.id)} describe={() => 'Your request'} send={send} onDone={done} onSettled={() => void refresh()} />}
      <FormAlert error={formError} />
      {pieces.map(({ productId, name, quantity }) => (
        <SelectField key={productId} label={name} name={quantityField(productId)} defaultValue="0" error={fieldError(quantityField(productId))}>
          <option value="0">Keep</option>
          {Array.from({ length: quantity }, (_, nth) => (
            <option key={nth} value={nth + 1}>
              Return {nth + 1} of {quantity}
            </option>
          ))}
        </SelectField>
      ))}
      <TextArea label="Why do you want to return it?" name="reason" autoComplete="off" required maxLength={MAX_REASON} error={fieldError('reason')} />
      <div className={styles.formActions}>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" loading={submitting}>
          Request return
        </Button>
      </div>
    </form>
  );
}
