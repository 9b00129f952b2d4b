import { useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Button } from '@/components/ui/Button';
import { TextField } from '@/components/ui/Field';
import { FormAlert } from '@/components/ui/FormAlert';
import { showToast } from '@/components/ui/Toasts';
import { UnconfirmedRequest } from '@/components/ui/UnconfirmedRequest';
import { api, unwrap } from '@/lib/api/client';
import type { ShipOrder } from '@/lib/api/types';
import { sendOnce } from '@/lib/idempotency/send';
import { formText, useForm } from '@/lib/useForm';
import styles from './Orders.module.css';
import { refreshOrders } from './queries';
import { type LeftToShip, quantityField, shipmentRequest } from './shipments';

/** Ships the chosen pieces. While one shipment has no known outcome, no other is sent: it might leave twice. */
export function ShipForm({ orderId, left, onClose }: { orderId: number; left: readonly LeftToShip[]; onClose: () => void }) {
  const queries = useQueryClient();
  const subject = `shipment ${orderId}`;
  const send = (key: string, body: ShipOrder) =>
    unwrap(api.POST('/api/orders/{id}/fulfilments', { params: { path: { id: orderId }, header: { 'Idempotency-Key': key } }, body }));
  const done = () => {
    showToast(`Items of order ${orderId} have been shipped. The customer has been notified.`, 'good');
    void refreshOrders(queries);
    onClose();
  };
  const fields = useMemo(() => [...left.map(({ productId }) => quantityField(productId)), 'carrier', 'trackingNumber', 'trackingUrl'], [left]);
  const { form, submit, submitting, fieldError, formError } = useForm(
    fields,
    async (data) => sendOnce(subject, shipmentRequest(left, (field) => formText(data, field)), send),
    done,
  );
  return (
    <form ref={form} onSubmit={submit} className={styles.form} noValidate>
      <p className={styles.muted}>The customer is notified of this shipment. An order of which anything has shipped cannot be cancelled.</p>
      {!submitting && <UnconfirmedRequest subject={subject} describe={() => 'A shipment'} send={send} onDone={done} onSettled={() => void refreshOrders(queries)} />}
      <FormAlert error={formError} />
      {left.map(({ productId, name, quantity }) => (
        <TextField
          key={productId}
          label={`${name}, of ${quantity} left`}
          name={quantityField(productId)}
          inputMode="numeric"
          autoComplete="off"
          defaultValue={quantity}
          error={fieldError(quantityField(productId))}
        />
      ))}
      <TextField label="Carrier" name="carrier" autoComplete="off" maxLength={60} error={fieldError('carrier')} />
      <TextField label="Tracking number" name="trackingNumber" autoComplete="off" maxLength={100} error={fieldError('trackingNumber')} />
      <TextField label="Tracking link" name="trackingUrl" type="url" inputMode="url" autoComplete="off" maxLength={500} hint="An https address" error={fieldError('trackingUrl')} />
      <div className={styles.formActions}>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" loading={submitting}>
          Ship
        </Button>
      </div>
    </form>
  );
}
