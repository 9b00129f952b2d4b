import { useQuery } from '@tanstack/react-query';
import { ButtonLink } from '@/components/ui/Button';
import { Notice } from '@/components/ui/State';
import { formatMoney } from '@/lib/money';
import { useOpenAttempt } from '@/lib/idempotency/send';
import { formatCount } from '@/lib/text';
import { PURCHASE } from './buy';
import styles from './checkout.module.css';
import { unpaidQuery } from './outcome';
import { SomethingElse } from './PayAgain';

/** What the checkout will ask about first: said where the way to it begins. */
export function OpenBusiness({ userId }: { userId: number }) {
  const attempt = useOpenAttempt(userId, PURCHASE);
  const { data: unpaid = [] } = useQuery(unpaidQuery(userId));
  const [order, ...others] = unpaid;
  if (!attempt && !order) return null;
  return (
    <div className={styles.business}>
      {attempt && <SomethingElse />}
      {!attempt && order && (
        <Notice tone="warn">
          <strong>
            {others.length === 0 ? `You have an unpaid order for ${formatMoney(order.total)}.` : `You have ${formatCount(unpaid.length, 'unpaid order')}.`}
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
