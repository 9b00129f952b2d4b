import { useCallback, useEffect, useRef, useState } from 'react';
import { type Problem, toProblem } from '@/lib/api/problem';
import type { Order } from '@/lib/api/types';
import { type Attempt, type AttemptAge, attemptAge, isFinal } from '@/lib/idempotency/attempt';
import { completeAttempt, discardAttempt, type Intent, sendAttempt, useOpenAttempt } from '@/lib/idempotency/send';
import { useNow } from '@/lib/useNow';
import { useOnline } from '@/lib/useOnline';
import { retryDelay } from './outcome';
import { type OpenPurchase, parsePurchase, type Purchase, PURCHASE_SUBJECT, type PurchaseResult, sendPurchase, type ShownPurchase } from './purchase';

type Handlers = {
  /** Runs in only one tab. */
  onFirstSuccess: (bought: PurchaseResult, purchase: OpenPurchase) => void;
  /** Runs in every tab that sent the purchase. */
  onSuccess: (orderId: number) => void;
  /** Runs for every problem, final or not. */
  onProblem?: (problem: Problem) => void;
};

export type PurchaseState = {
  /** The purchase that was sent and has no known outcome. */
  open: OpenPurchase | undefined;
  age: AttemptAge;
  /** A request is in flight. */
  sending: boolean;
  /** Why the last purchase failed, if that is known. */
  problem: Problem | undefined;
  /** The last request had no final response. */
  failed: boolean;
  buy: (body: Purchase, shown: ShownPurchase) => void;
  /** Resends the open purchase to learn its outcome. */
  checkAgain: () => void;
  /** The customer confirms that this order is the outcome. */
  adopt: (order: Order) => void;
  discard: () => void;
};

/**
 * A customer's purchase, until its outcome is known. While it is unknown, the purchase is retried
 * automatically: at once when a page finds an open one, and then with exponential backoff.
 */
export function usePurchase(userId: number, handlers: Handlers): PurchaseState {
  const attempt = useOpenAttempt(userId, PURCHASE_SUBJECT);
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [failures, setFailures] = useState(0);
  // A ref, because state updates too late for a double click.
  const inFlight = useRef(false);
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });

  const send = useCallback(
    async (intent: Intent<Purchase>): Promise<void> => {
      if (inFlight.current) return;
      inFlight.current = true;
      setSending(true);
      const onDone = (result: PurchaseResult, sent: Attempt) => latest.current.onFirstSuccess(result, parsePurchase(sent));
      try {
        const sent = await sendAttempt({ userId, subject: PURCHASE_SUBJECT, send: sendPurchase, onDone }, intent);
        setProblem(undefined);
        if (sent) latest.current.onSuccess(sent.result.orderId);
      } catch (error) {
        const problem = toProblem(error);
        setProblem(problem);
        setFailures((n) => n + 1);
        latest.current.onProblem?.(problem);
      } finally {
        inFlight.current = false;
        setSending(false);
      }
    },
    [userId],
  );

  useAutomaticRetry(attempt, sending, failures === 0 ? 0 : retryDelay(failures, problem?.retryAfter), send);
  const now = useNow();
  return {
    open: attempt && parsePurchase(attempt),
    age: attempt ? attemptAge(attempt, now) : 'fresh',
    sending,
    // A problem that was not final is obsolete once another tab has completed the attempt.
    problem: !attempt && problem && isFinal(problem) ? problem : undefined,
    failed: problem !== undefined,
    buy: (body, shown) => {
      setProblem(undefined);
      setFailures(0);
      void send({ body, shown });
    },
    checkAgain: () => void send({ byUser: true }),
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

/** Retries after `pause` seconds; offline, when the network is back. */
function useAutomaticRetry(attempt: Attempt | undefined, sending: boolean, pause: number, send: (intent: { byUser: false }) => Promise<void>): void {
  const online = useOnline();
  useEffect(() => {
    // An old attempt is not retried automatically: see `attemptAge`.
    if (!attempt || sending || !online || attemptAge(attempt, Date.now()) !== 'fresh') return undefined;
    const timer = setTimeout(() => void send({ byUser: false }), pause * 1000);
    return () => clearTimeout(timer);
  }, [attempt, sending, online, pause, send]);
}
