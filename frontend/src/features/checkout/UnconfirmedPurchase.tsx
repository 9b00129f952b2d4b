import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Button, ButtonLink } from '@/components/ui/Button';
import { LoadError, Loading, Notice, Skeleton } from '@/components/ui/State';
import { formatDateTime } from '@/lib/dates';
import { canDiscard } from '@/lib/idempotency/attempt';
import { formatMoney } from '@/lib/money';
import { useShopCurrency } from '@/lib/shop';
import { useOnline } from '@/lib/useOnline';
import styles from './checkout.module.css';
import { outcomeQuery } from './outcome';
import type { OpenPurchase } from './purchase';
import type { PurchaseState } from './usePurchase';

/** A purchase that was just sent and is retried until its outcome is known. */
export function PendingPurchase({ purchase, failed }: { purchase: OpenPurchase; failed: boolean }) {
  const online = useOnline();
  const what = purchase.orderId === undefined ? 'order' : 'payment';
  if (!failed && online) {
    return (
      <p role="status" className={styles.pending}>
        Your {what} has been sent. Waiting for confirmation…
      </p>
    );
  }
  return (
    <Notice tone="warn">
      <strong>No response yet.</strong>
      <span>
        Your {what} may have gone through. {online ? 'We keep checking.' : 'We will check as soon as you are back online.'} You will not be charged twice.
      </span>
    </Notice>
  );
}

/** A purchase that was sent so long ago that the customer may no longer want it. Looks up whether it was placed, and asks what to do. */
export function StalePurchase({ userId, purchase, state }: { userId: number; purchase: OpenPurchase; state: PurchaseState }) {
  const { data: found, error, isFetching, refetch } = useQuery(outcomeQuery(userId, purchase));
  const shopCurrency = useShopCurrency();
  const when = formatDateTime(new Date(purchase.attempt.startedAt).toISOString());
  const [what, placed] = purchase.orderId === undefined ? ['order', 'placed'] : ['payment', 'made'];
  if (isFetching) {
    return (
      <Loading what={`the status of your ${what} from ${when}`}>
        <Skeleton lines={4} />
      </Loading>
    );
  }
  if (error) return <LoadError error={error} onRetry={() => void refetch()} />;
  if (found) {
    return (
      <section aria-label="Your last order" className={styles.retry}>
        <Notice tone="good">
          <strong>We received your {what} from {when}.</strong>
          <span>
            The confirmation was lost. It is order {found.id} from {formatDateTime(found.createdAt)}, for {formatMoney(found.total, found.currency)}.
          </span>
        </Notice>
        <div className={styles.actions}>
          <ButtonLink to={`/orders/${found.id}`} variant="primary" onClick={() => state.adopt(found)}>
            View order {found.id}
          </ButtonLink>
          <Discard purchase={purchase} onDiscard={state.discard} onRefetch={() => void refetch()}>
            That is a different order: discard this one
          </Discard>
        </div>
      </section>
    );
  }
  return (
    <section aria-label="Your last order" className={styles.retry}>
      <Notice tone="warn">
        <strong>Your {what} from {when} was not confirmed.</strong>
        <span>
          {purchase.orderId === undefined ? 'It is not among your orders' : `Order ${purchase.orderId} is not paid`}, so it was probably not {placed}. Nothing happens until you decide.
        </span>
      </Notice>
      <div className={styles.actions}>
        {state.age !== 'expired' && (
          <Button variant="primary" loading={state.sending} onClick={state.checkAgain}>
            {purchase.orderId === undefined ? 'Place it now' : 'Pay it now'} for {formatMoney(purchase.total, purchase.bill?.currency ?? shopCurrency)}
          </Button>
        )}
        <Discard purchase={purchase} onDiscard={state.discard} onRefetch={() => void refetch()}>
          Discard
        </Discard>
      </div>
    </section>
  );
}

/** While the request may still be in flight, looks it up again instead of discarding it. */
function Discard({ purchase, onDiscard, onRefetch, children }: { purchase: OpenPurchase; onDiscard: () => void; onRefetch: () => void; children: ReactNode }) {
  return <Button onClick={() => (canDiscard(purchase.attempt, Date.now()) ? onDiscard() : onRefetch())}>{children}</Button>;
}
