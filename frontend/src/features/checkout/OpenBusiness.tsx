import { useQuery } from '@tanstack/react-query';
import { ButtonLink } from '@/components/ui/Button';
import { Notice } from '@/components/ui/State';
import { money } from '@/lib/money';
import { useAttempt } from '@/lib/once';
import { counted } from '@/lib/words';
import { PURCHASE } from './buy';
import styles from './checkout.module.css';
import { unpaidQuery } from './outcome';
import { SomethingElse } from './PayAgain';

/** What the checkout will ask about first: said where the way to it begins. */
export function OpenBusiness({ userId }: { userId: number }) {
  const attempt = useAttempt(userId, PURCHASE);
  const { data: unpaid = [] } = useQuery(unpaidQuery(userId));
  const [order, ...others] = unpaid;
  if (!attempt && !order) return null;
  return (
    <div className={styles.business}>
      {attempt && <SomethingElse />}
      {!attempt && order && (
        <Notice tone="warn">
          <strong>
            {others.length === 0 ? `You have an unpaid order for ${money(order.total)}.` : `You have ${counted(unpaid.length, 'unpaid order')}.`}
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
