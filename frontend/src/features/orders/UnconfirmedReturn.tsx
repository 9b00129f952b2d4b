import { useState } from 'react';
import { Button } from '@/components/ui/Button';
import { Notice } from '@/components/ui/State';
import { showToast } from '@/components/ui/Toasts';
import { type Problem, problemMessage, toProblem } from '@/lib/api/problem';
import type { RequestReturn, Return } from '@/lib/api/types';
import { formatDateTime } from '@/lib/dates';
import { attemptAge, canDiscard, isFinal } from '@/lib/idempotency/attempt';
import { type AttemptSender, discardAttempt, resendAttempt, useOpenAttempt } from '@/lib/idempotency/send';
import { useUser } from '@/lib/session';
import { useNow } from '@/lib/useNow';
import styles from './orders.module.css';
import { returnSubject } from './returns';

type Props = {
  orderId: number;
  send: AttemptSender<RequestReturn, Return>['send'];
  onDone: () => void;
  onSettled: () => void;
};

/** A request for a return that got no response: it may have arrived, and nothing else is sent until that is known. */
export function UnconfirmedReturn({ orderId, send, onDone, onSettled }: Props) {
  const subject = returnSubject(orderId);
  const userId = useUser()?.id ?? 0;
  const attempt = useOpenAttempt(userId, subject);
  const now = useNow();
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  if (!attempt) return null;

  async function resend(): Promise<void> {
    setSending(true);
    setProblem(undefined);
    try {
      if (await resendAttempt(subject, send)) onDone();
    } catch (error) {
      const problem = toProblem(error);
      // A final problem closes this notice.
      if (isFinal(problem)) showToast(`Your request did not go through: ${problem.message}`);
      else setProblem(problem);
    } finally {
      setSending(false);
      onSettled();
    }
  }

  return (
    <Notice tone="warn">
      <strong>Your request from {formatDateTime(new Date(attempt.startedAt).toISOString())} got no response.</strong>
      <span>It may have arrived. Sending it again is safe: it counts only once.</span>
      {problem && <span>{problemMessage(problem)}</span>}
      <span className={styles.formActions}>
        {attemptAge(attempt, now) !== 'expired' && (
          <Button size="s" loading={sending} onClick={() => void resend()}>
            Send again
          </Button>
        )}
        {canDiscard(attempt, now) && (
          <Button size="s" onClick={() => discardAttempt(userId, subject)}>
            Discard
          </Button>
        )}
      </span>
    </Notice>
  );
}
