import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/components/ui/Button';
import { ConfirmButton } from '@/components/ui/ConfirmButton';
import { Dialog } from '@/components/ui/Dialog';
import { showToast } from '@/components/ui/Toasts';
import { api, unwrap } from '@/lib/api/client';
import { problemMessage } from '@/lib/api/problem';
import type { Fulfilment, OrderWithTimeline } from '@/lib/api/types';
import { formatDateTime } from '@/lib/dates';
import { Badge } from '../components/Badge';
import { DefinitionList, Panel } from '../components/Panel';
import styles from './Orders.module.css';
import { paymentsQuery, refreshOrders } from './queries';
import { ShipForm } from './ShipForm';
import { isShippable, leftToShip, shippedPieces } from './shipments';
import { isRefunded } from './transitions';

/** What has left, and the form for what is left. */
export function Shipments({ order }: { order: OrderWithTimeline }) {
  const [shipping, setShipping] = useState(false);
  const payments = useQuery(paymentsQuery(order.id));
  const left = leftToShip(order);
  const canShip = isShippable(order.status) && left.length > 0 && !(payments.data && isRefunded(payments.data));
  if (order.fulfilments.length === 0 && !canShip) return null;
  return (
    <Panel
      title="Shipments"
      actions={
        canShip && (
          <Button size="s" onClick={() => setShipping(true)}>
            Ship items
          </Button>
        )
      }
    >
      {order.fulfilments.length === 0 && <p className={styles.muted}>Nothing has shipped yet.</p>}
      {order.fulfilments.map((fulfilment, nth) => (
        <Shipment key={fulfilment.id} order={order} fulfilment={fulfilment} nth={nth + 1} />
      ))}
      <Dialog open={shipping && canShip} onClose={() => setShipping(false)} title="Ship items">
        <ShipForm orderId={order.id} left={left} onClose={() => setShipping(false)} />
      </Dialog>
    </Panel>
  );
}

function Shipment({ order, fulfilment, nth }: { order: OrderWithTimeline; fulfilment: Fulfilment; nth: number }) {
  const queries = useQueryClient();
  const { id, status, carrier, trackingNumber, trackingUrl, createdAt, deliveredAt } = fulfilment;
  const deliver = useMutation({
    mutationFn: () =>
      unwrap(
        api.PUT('/api/orders/{id}/fulfilments/{fulfilmentId}', {
          params: { path: { id: order.id, fulfilmentId: id } },
          body: { status: 'delivered' },
        }),
      ),
    onSuccess: () => showToast(`Shipment ${nth} has been marked as delivered. The customer has been notified.`, 'good'),
    onError: (error) => showToast(problemMessage(error), 'bad'),
    onSettled: () => refreshOrders(queries),
  });
  return (
    <article className={styles.payment} aria-label={`Shipment ${nth}`}>
      <div className={styles.paymentHead}>
        <strong>{shippedPieces(order, fulfilment)}</strong>
        <Badge tone={status === 'delivered' ? 'good' : 'note'}>{status === 'delivered' ? 'Delivered' : 'Shipped'}</Badge>
        {status === 'shipped' && (
          <ConfirmButton
            label="Delivered"
            size="s"
            title={`Has shipment ${nth} been delivered?`}
            confirmLabel="Mark as delivered"
            cancelLabel="Not yet"
            onConfirm={() => deliver.mutateAsync()}
          >
            The customer is notified that it has arrived. This cannot be undone.
          </ConfirmButton>
        )}
      </div>
      <DefinitionList
        entries={[
          ['Shipped', <time dateTime={createdAt}>{formatDateTime(createdAt)}</time>],
          ...(deliveredAt ? [['Delivered', <time dateTime={deliveredAt}>{formatDateTime(deliveredAt)}</time>] as const] : []),
          ...(carrier ? [['Carrier', carrier] as const] : []),
          ...(trackingNumber ? [['Number', <code>{trackingNumber}</code>] as const] : []),
          ...(trackingUrl ? [['Tracking', <a href={trackingUrl} target="_blank" rel="noopener noreferrer">{new URL(trackingUrl).host}</a>] as const] : []),
        ]}
      />
    </article>
  );
}
