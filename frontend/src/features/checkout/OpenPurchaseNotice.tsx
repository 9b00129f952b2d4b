import { useQuery } from '@tanstack/react-query';
import { ButtonLink } from '@/components/ui/Button';
import { Notice } from '@/components/ui/State';
import { useOpenAttempt } from '@/lib/idempotency/send';
import { formatMoney } from '@/lib/money';
import { formatCount } from '@/lib/text';
import styles from './checkout.module.css';
import { unpaidOrdersQuery } from './outcome';
import { PURCHASE_SUBJECT } from './purchase';
import { UnconfirmedOrderNotice } from './RetryPayment';

/** What checkout will show first: an unconfirmed or unpaid order. */
export function OpenPurchaseNotice({ userId }: { userId: number }) {
  const attempt = useOpenAttempt(userId, PURCHASE_SUBJECT);
  const { data: unpaid = [] } = useQuery(unpaidOrdersQuery(userId));
  const [order, ...others] = unpaid;
  if (!attempt && !order) return null;
  return (
    <div className={styles.openPurchase}>
      {attempt && <UnconfirmedOrderNotice />}
      {!attempt && order && (
        <Notice tone="warn">
          <strong>
            {others.length === 0 ? `You have an unpaid order for ${formatMoney(order.total, order.currency)}.` : `You have ${formatCount(unpaid.length, 'unpaid order')}.`}
          </strong>
          <span>Pay or cancel {others.length === 0 ? 'it' : 'them'} before placing another one.</span>
          <span>
            <ButtonLink to="/checkout" size="s">
              Pay or cancel
            </ButtonLink>
          </span>
        </Notice>
      )}
    </div>
  );
}
