import { Notice } from '@/components/ui/State';
import type { Problem } from '@/lib/api/problem';
import { whyDeclined } from '@/lib/declined';
import { money } from '@/lib/money';
import { TRIED_TOO_OFTEN } from './buy';

/**
 * Why something was not bought, and what to do. Only for answers that settle it: what has no known
 * outcome is never called "not placed".
 */
export function Refusal({ problem, ofOrder }: { problem: Problem; ofOrder: boolean }) {
  const [title, text] = words(problem, ofOrder);
  return (
    <Notice attention tone={problem.code === 'payment_declined' ? 'bad' : 'warn'}>
      <strong>{title}</strong>
      <span>{text}</span>
    </Notice>
  );
}

/** `ofOrder`: it is about paying an order that is there, whose lines are as they are. */
function words(problem: Problem, ofOrder: boolean): [string, string] {
  switch (problem.code) {
    case 'payment_declined':
      return [
        'The payment was declined.',
        `${whyDeclined(problem.declineReason)} Nothing was charged, and your basket is kept. Choose another way to pay and try again.`,
      ];
    case 'insufficient_stock':
      return ['Not everything is there any more.', `Nothing was charged. ${ofOrder ? NOT_AS_IT_IS : 'Below you see what can still be had.'}`];
    case 'price_changed': {
      const now = problem.total === undefined ? '' : ` The total is now ${money(problem.total)}.`;
      const advice = ofOrder ? NOT_AS_IT_IS : 'Have a look at the lines and decide.';
      return ['A price has changed.', `Nothing was charged.${now} ${advice}`];
    }
    case 'unknown_product':
      return ['Something is no longer sold.', `Nothing was charged. ${ofOrder ? NOT_AS_IT_IS : 'Remove it and go on.'}`];
    case TRIED_TOO_OFTEN:
      return ['There were too many tries to pay this order.', `Nothing was charged. ${problem.message}`];
    default:
      return [problem.message, 'Nothing was charged.'];
  }
}

const NOT_AS_IT_IS = 'This order cannot be paid as it is: cancel it, and order anew what you would still like.';
