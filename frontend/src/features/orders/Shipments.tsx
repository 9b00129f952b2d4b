import type { Fulfilment, OrderWithTimeline } from '@/lib/api/types';
import { formatDateTime } from '@/lib/dates';
import styles from './orders.module.css';
import { shippedPieces, shipmentTitle } from './shipments';

/** What has left, with a link to follow it. */
export function Shipments({ order }: { order: OrderWithTimeline }) {
  if (order.fulfilments.length === 0) return null;
  return (
    <section aria-labelledby="shipments" className={styles.payments}>
      <h2 id="shipments">{order.fulfilments.length === 1 ? 'Shipment' : 'Shipments'}</h2>
      <ul role="list">
        {order.fulfilments.map((fulfilment) => (
          <li key={fulfilment.id}>
            <Shipment order={order} fulfilment={fulfilment} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Shipment({ order, fulfilment }: { order: OrderWithTimeline; fulfilment: Fulfilment }) {
  const at = fulfilment.deliveredAt ?? fulfilment.createdAt;
  return (
    <>
      <p>
        {shipmentTitle(fulfilment)} <time dateTime={at} className={styles.muted}>{formatDateTime(at)}</time>
      </p>
      <p className={styles.muted}>{shippedPieces(order, fulfilment)}</p>
      {fulfilment.trackingUrl && (
        <p>
          <a href={fulfilment.trackingUrl} target="_blank" rel="noopener noreferrer">
            Track this shipment
          </a>
        </p>
      )}
    </>
  );
}
