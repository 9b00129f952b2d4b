import { useCallback, useEffect, useRef, useState } from 'react';
import { toProblem, type Problem } from '@/lib/api/problem';
import type { Order } from '@/lib/api/types';
import { type AttemptAge, attemptAge, type Attempt, isFinal } from '@/lib/idempotency/attempt';
import { useOnline } from '@/lib/useOnline';
import { useNow } from '@/lib/useNow';
import { discardAttempt, type Intent, sendAttempt, completeAttempt, useOpenAttempt } from '@/lib/idempotency/send';
import { type Bought, type OpenPurchase, PURCHASE, type Purchase, purchaseOf, send } from './buy';
import type { CheckoutLine } from './CheckoutLines';
import { pauseAfter } from './outcome';

type Handlers = {
  /** Once in all tabs: it is bought, and leaves the basket. */
  onDone: (bought: Bought, purchase: OpenPurchase) => void;
  /** In every tab that asked. */
  onBought: (orderId: number) => void;
  /** What came back instead. It may be settled by that, or not. */
  onProblem?: (problem: Problem) => void;
};

export type Buying = {
  /** What has been sent and has no known outcome. */
  open: OpenPurchase | undefined;
  age: AttemptAge;
  /** It is under way right now. */
  busy: boolean;
  /** Why it was not done, where that is known. */
  problem: Problem | undefined;
  /** It was asked for in vain. */
  failed: boolean;
  buy: (body: Purchase, shown: { lines: readonly CheckoutLine[]; total: number }) => void;
  /** Asks what became of it, which sends it again. */
  again: () => void;
  /** The customer says that this order is what came of it. */
  adopt: (order: Order) => void;
  giveUp: () => void;
};

/**
 * A customer's purchase, from the press to its known outcome. While that is unknown it asks by
 * itself: at once on a page that finds one open, and then less and less often.
 */
export function usePurchase(userId: number, handlers: Handlers): Buying {
  const attempt = useOpenAttempt(userId, PURCHASE);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [failures, setFailures] = useState(0);
  // State comes too late for the second half of a double click.
  const sending = useRef(false);
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });

  const ask = useCallback(
    async (intent: Intent<Purchase>): Promise<void> => {
      if (sending.current) return;
      sending.current = true;
      setBusy(true);
      const onDone = (bought: Bought, done: Attempt) => latest.current.onDone(bought, purchaseOf(done));
      try {
        const sent = await sendAttempt({ userId, subject: PURCHASE, send, onDone }, intent);
        setProblem(undefined);
        if (sent) latest.current.onBought(sent.result.orderId);
      } catch (error) {
        const refused = toProblem(error);
        setProblem(refused);
        setFailures((n) => n + 1);
        latest.current.onProblem?.(refused);
      } finally {
        sending.current = false;
        setBusy(false);
      }
    },
    [userId],
  );

  useAskingByItself(attempt, busy, failures === 0 ? 0 : pauseAfter(failures, problem?.retryAfter), ask);
  const now = useNow();
  return {
    open: attempt && purchaseOf(attempt),
    age: attempt ? attemptAge(attempt, now) : 'fresh',
    busy,
    // One that settled nothing says nothing once it is settled elsewhere.
    problem: !attempt && problem && isFinal(problem) ? problem : undefined,
    failed: problem !== undefined,
    buy: (body, shown) => {
      setProblem(undefined);
      setFailures(0);
      void ask({ body, shown });
    },
    again: () => void ask({ byUser: true }),
    adopt: (order) => {
      if (!attempt) return;
      const bought = !['payment_failed', 'cancelled'].includes(order.status);
      completeAttempt(userId, PURCHASE, attempt, bought ? () => handlers.onDone({ orderId: order.id }, purchaseOf(attempt)) : undefined);
    },
    giveUp: () => {
      discardAttempt(userId, PURCHASE);
      setProblem(undefined);
    },
  };
}

/** After a pause; without a network as soon as there is one again. */
function useAskingByItself(attempt: Attempt | undefined, busy: boolean, pause: number, ask: (intent: { byUser: false }) => Promise<void>): void {
  const online = useOnline();
  useEffect(() => {
    // An old one is not sent without being asked for: see `ageOf`.
    if (!attempt || busy || !online || attemptAge(attempt, Date.now()) !== 'fresh') return undefined;
    const timer = setTimeout(() => void ask({ byUser: false }), pause * 1000);
    return () => clearTimeout(timer);
  }, [attempt, busy, online, pause, ask]);
}
