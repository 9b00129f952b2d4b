import { useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Button } from '@/components/ui/Button';
import { TextArea, TextField } from '@/components/ui/Field';
import { FormAlert } from '@/components/ui/FormAlert';
import { showToast } from '@/components/ui/Toasts';
import type { OrderWithTimeline, Return } from '@/lib/api/types';
import { formatMoney } from '@/lib/money';
import { formText, useForm } from '@/lib/useForm';
import { decideReturn } from './decideReturn';
import styles from './Orders.module.css';
import { refreshOrders } from './queries';
import { MAX_TEXT, nameIn, receiveRequest, restockField } from './returns';

type Props = { order: OrderWithTimeline; one: Return; nth: number; onClose: () => void };

/** What arrived is refunded; the admin says which pieces can be sold again. */
export function ReceiveForm({ order, one, nth, onClose }: Props) {
  const queries = useQueryClient();
  const fields = useMemo(() => [...one.items.map(({ productId }) => restockField(productId)), 'note'], [one]);
  const { form, submit, submitting, fieldError, formError } = useForm(
    fields,
    // Refreshes the order after a success and after an error: another admin may have decided.
    async (data) => decideReturn(one, receiveRequest(one, (field) => formText(data, field))).finally(() => void refreshOrders(queries)),
    ({ refunded }) => {
      const money = refunded != null && refunded > 0 ? ` ${formatMoney(refunded, order.currency)} refunded.` : '';
      showToast(`Return ${nth} has been received.${money} The customer has been notified.`, 'good');
      onClose();
    },
  );
  return (
    <form ref={form} onSubmit={submit} className={styles.form} noValidate>
      <p className={styles.muted}>
        Its items are refunded unless they were before, and shipping once everything has come back. The customer is notified. This cannot be undone.
      </p>
      <FormAlert error={formError} />
      {one.items.map(({ productId, quantity }) => (
        <TextField
          key={productId}
          label={`${nameIn(order, productId)}: back on sale, of ${quantity}`}
          name={restockField(productId)}
          inputMode="numeric"
          autoComplete="off"
          defaultValue={quantity}
          hint="Without what cannot be sold again."
          error={fieldError(restockField(productId))}
        />
      ))}
      <TextArea label="Note to the customer (optional)" name="note" autoComplete="off" maxLength={MAX_TEXT} error={fieldError('note')} />
      <div className={styles.formActions}>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" loading={submitting}>
          Receive return
        </Button>
      </div>
    </form>
  );
}
