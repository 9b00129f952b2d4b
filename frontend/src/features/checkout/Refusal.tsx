import { Notice } from '@/components/ui/State';
import { type Problem, spokenWait, UNREACHABLE } from '@/lib/api/problem';
import { whyDeclined } from '@/lib/declined';
import { money } from '@/lib/money';


/** Why something was not bought, what became of the money, and what to do. */
export function Refusal({ problem }: { problem: Problem }) {
  const [title, text] = words(problem);
  return (
    <Notice attention tone={problem.code === 'payment_declined' || problem.status >= 500 ? 'bad' : 'warn'}>
      <strong>{title}</strong>
      <span>{text}</span>
    </Notice>
  );
}

function words(problem: Problem): [string, string] {
  switch (problem.code) {
    case 'payment_declined':
      return [
        'The payment was declined.',
        `${whyDeclined(problem.declineReason)} Nothing was charged, and your basket is kept. Choose another way to pay and try again.`,
      ];
    case 'insufficient_stock':
      return ['Not everything is there any more.', 'Nothing was charged. Below you see what can still be had.'];
    case 'price_changed': {
      const now = problem.total === undefined ? '' : ` The total is now ${money(problem.total)}.`;
      return ['A price has changed.', `Nothing was charged.${now} Have a look at the lines and decide.`];
    }
    case 'unknown_product':
      return ['Something is no longer sold.', 'Nothing was charged. Remove it and go on.'];
    case 'idempotency_in_progress':
      return ['This is still being done.', 'Press the button again in a moment: nothing is ordered twice.'];
    case UNREACHABLE:
      return ['There was no answer.', 'The order may have arrived. Press the button again: it is never placed twice.'];
    default:
      return [
        problem.message,
        problem.status >= 500 || problem.status === 429
          ? `Press the button again${problem.retryAfter === undefined ? '' : ` in ${spokenWait(problem.retryAfter)}`}: nothing is ordered twice.`
          : 'Nothing was charged.',
      ];
  }
}
