import { Notice } from '@/components/ui/State';
import type { Problem } from '@/lib/api/problem';
import { declineMessage } from '@/lib/declineMessage';
import { formatMoney } from '@/lib/money';
import { useShopCurrency } from '@/lib/shop';
import { TOO_MANY_PAYMENTS } from './purchase';

/**
 * Why a purchase failed, and what to do. Only for final problems: a purchase without a known outcome is
 * never reported as failed.
 */
export function PurchaseError({ problem, ofOrder }: { problem: Problem; ofOrder: boolean }) {
  const [title, text] = describe(problem, ofOrder, useShopCurrency());
  return (
    <Notice attention tone={problem.code === 'payment_declined' ? 'bad' : 'warn'}>
      <strong>{title}</strong>
      <span>{text}</span>
    </Notice>
  );
}

/** `ofOrder`: the problem is about paying an existing order, whose items cannot be changed. */
function describe(problem: Problem, ofOrder: boolean, shopCurrency: string): [string, string] {
  switch (problem.code) {
    case 'payment_declined':
      return [
        'Your payment was declined.',
        `${declineMessage(problem.declineReason)} Nothing was charged, and your basket is saved. Choose another payment method and try again.`,
      ];
    case 'insufficient_stock':
      return ['Some items are no longer available.', `Nothing was charged. ${ofOrder ? NOT_AS_IT_IS : 'See below what is still available.'}`];
    case 'price_changed': {
      const now = problem.total === undefined ? '' : ` The total is now ${formatMoney(problem.total, problem.quote?.currency ?? shopCurrency)}.`;
      const advice = ofOrder ? NOT_AS_IT_IS : 'Please review your items before you order.';
      return ['A price has changed.', `Nothing was charged.${now} ${advice}`];
    }
    case 'unknown_product':
      return ['An item is no longer available.', `Nothing was charged. ${ofOrder ? NOT_AS_IT_IS : 'Remove it to continue.'}`];
    case TOO_MANY_PAYMENTS:
      return ['Too many payment attempts for this order.', `Nothing was charged. ${problem.message}`];
    default:
      return [problem.message, 'Nothing was charged.'];
  }
}

const NOT_AS_IT_IS = 'This order can no longer be paid. Cancel it and place a new one with the items you still want.';
