import { useCallback, useEffect, useRef, useState } from 'react';
import { type Problem, toProblem } from '@/lib/api/problem';
import type { Order } from '@/lib/api/types';
import { type Attempt, type AttemptAge, attemptAge, isFinal } from '@/lib/idempotency/attempt';
import { completeAttempt, discardAttempt, type Intent, sendAttempt, useOpenAttempt } from '@/lib/idempotency/send';
import { useNow } from '@/lib/useNow';
import { useOnline } from '@/lib/useOnline';
import type { CheckoutLine } from './CheckoutLines';
import { retryDelay } from './outcome';
import { type OpenPurchase, parsePurchase, type Purchase, PURCHASE_SUBJECT, type PurchaseResult, sendPurchase } from './purchase';

type Handlers = {
  /** Once in all tabs: it is bought, and leaves the basket. */
  onFirstSuccess: (bought: PurchaseResult, purchase: OpenPurchase) => void;
  /** In every tab that asked. */
  onSuccess: (orderId: number) => void;
  /** What came back instead. It may be settled by that, or not. */
  onProblem?: (problem: Problem) => void;
};

export type PurchaseState = {
  /** What has been sent and has no known outcome. */
  open: OpenPurchase | undefined;
  age: AttemptAge;
  /** It is under way right now. */
  sending: boolean;
  /** Why it was not done, where that is known. */
  problem: Problem | undefined;
  /** It was asked for in vain. */
  failed: boolean;
  buy: (body: Purchase, shown: { lines: readonly CheckoutLine[]; total: number }) => void;
  /** Asks what became of it, which sends it again. */
  checkAgain: () => void;
  /** The customer says that this order is what came of it. */
  adopt: (order: Order) => void;
  discard: () => void;
};

/**
 * A customer's purchase, from the press to its known outcome. While that is unknown it asks by
 * itself: at once on a page that finds one open, and then less and less often.
 */
export function usePurchase(userId: number, handlers: Handlers): PurchaseState {
  const attempt = useOpenAttempt(userId, PURCHASE_SUBJECT);
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
      const onDone = (bought: PurchaseResult, done: Attempt) => latest.current.onFirstSuccess(bought, parsePurchase(done));
      try {
        const sent = await sendAttempt({ userId, subject: PURCHASE_SUBJECT, send: sendPurchase, onDone }, intent);
        setProblem(undefined);
        if (sent) latest.current.onSuccess(sent.result.orderId);
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

  useAskingByItself(attempt, busy, failures === 0 ? 0 : retryDelay(failures, problem?.retryAfter), ask);
  const now = useNow();
  return {
    open: attempt && parsePurchase(attempt),
    age: attempt ? attemptAge(attempt, now) : 'fresh',
    sending: busy,
    // One that settled nothing says nothing once it is settled elsewhere.
    problem: !attempt && problem && isFinal(problem) ? problem : undefined,
    failed: problem !== undefined,
    buy: (body, shown) => {
      setProblem(undefined);
      setFailures(0);
      void ask({ body, shown });
    },
    checkAgain: () => void ask({ byUser: true }),
    adopt: (order) => {
      if (!attempt) return;
      const bought = !['payment_failed', 'cancelled'].includes(order.status);
      completeAttempt(userId, PURCHASE_SUBJECT, attempt, bought ? () => handlers.onFirstSuccess({ orderId: order.id }, parsePurchase(attempt)) : undefined);
    },
    discard: () => {
      discardAttempt(userId, PURCHASE_SUBJECT);
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
