import { useState } from 'react';
import { Link } from 'react-router';
import { Button } from '@/components/ui/Button';
import { Dialog } from '@/components/ui/Dialog';
import type { OrderWithTimeline, Return } from '@/lib/api/types';
import { formatDate, formatDateTime } from '@/lib/dates';
import { formatMoney } from '@/lib/money';
import { returnsOf } from '@/lib/returns';
import { useNow } from '@/lib/useNow';
import styles from './orders.module.css';
import { ReturnForm } from './ReturnForm';
import { piecesToReturn, RETURN_STATUS } from './returns';
import { shippedPieces } from './shipments';

/** Who looks at the order: a guest and someone with its link cannot ask for a return. */
export type Viewer = 'customer' | 'guest' | 'link';

/** What went back or is to go back, and the form that asks for it. */
export function Returns({ order, viewer }: { order: OrderWithTimeline; viewer: Viewer }) {
  const now = useNow();
  const [asking, setAsking] = useState(false);
  const returns = returnsOf(order);
  const pieces = piecesToReturn(order, now);
  const canAsk = pieces.length > 0;
  if (returns.length === 0 && !canAsk) return null;
  return (
    <section aria-labelledby="returns" className={styles.payments}>
      <h2 id="returns">Returns</h2>
      {returns.length > 0 && (
        <ul role="list" className={styles.entries}>
          {returns.map((one) => (
            <li key={one.id}>
              <OneReturn order={order} one={one} />
            </li>
          ))}
        </ul>
      )}
      {canAsk && (
        <>
          <p className={styles.muted}>
            {order.returnableUntil ? `You can return items until ${formatDate(order.returnableUntil)}.` : 'You can return items of this order.'}
            {viewer !== 'customer' && <HowToReturn viewer={viewer} />}
          </p>
          {viewer === 'customer' && (
            <div>
              <Button onClick={() => setAsking(true)}>Return items</Button>
            </div>
          )}
        </>
      )}
      {viewer === 'customer' && (
        <Dialog open={asking && canAsk} onClose={() => setAsking(false)} title="Return items">
          <ReturnForm order={order} pieces={pieces} onClose={() => setAsking(false)} />
        </Dialog>
      )}
    </section>
  );
}

function HowToReturn({ viewer }: { viewer: 'guest' | 'link' }) {
  if (viewer === 'link') return <> To do that, log in to the account that it belongs to.</>;
  return (
    <>
      {' '}
      That needs an account: <Link to="/signup?next=/account">create one</Link> with your email address and confirm it, and this order is in it.
    </>
  );
}

function OneReturn({ order, one }: { order: OrderWithTimeline; one: Return }) {
  const { label, description } = RETURN_STATUS[one.status];
  const at = one.receivedAt ?? one.decidedAt ?? one.createdAt;
  return (
    <>
      <p>
        {label} <time dateTime={at} className={styles.muted}>{formatDateTime(at)}</time>
      </p>
      <p className={styles.muted}>{shippedPieces(order, one)}</p>
      <p className={styles.muted}>
        {one.refunded != null && one.refunded > 0 ? `${description} ${formatMoney(one.refunded, order.currency)} refunded.` : description}
      </p>
      {one.note != null && one.note !== '' && <p className={styles.muted}>The shop says: {one.note}</p>}
    </>
  );
}
