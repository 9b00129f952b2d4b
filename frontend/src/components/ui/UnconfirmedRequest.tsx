import { useState } from 'react';
import { type Problem, problemMessage, toProblem } from '@/lib/api/problem';
import { formatDateTime } from '@/lib/dates';
import { attemptAge, canDiscard, isFinal } from '@/lib/idempotency/attempt';
import { type AttemptSender, discardAttempt, resendAttempt, useOpenAttempt } from '@/lib/idempotency/send';
import { useUser } from '@/lib/session';
import { useNow } from '@/lib/useNow';
import { Button } from './Button';
import { Notice } from './State';
import { showToast } from './Toasts';
import styles from './UnconfirmedRequest.module.css';

type Props<B, T> = {
  subject: string;
  /** The request as the subject of a sentence. */
  describe: (body: B) => string;
  send: AttemptSender<B, T>['send'];
  onDone: (answer: T) => void;
  /** The request has been sent again: loaded data may be out of date. */
  onSettled?: () => void;
};

/**
 * A request that got no response. It may have taken effect, so nothing else is sent until its outcome is
 * known or it is discarded, when it can no longer be in flight.
 */
export function UnconfirmedRequest<B, T>({ subject, describe, send, onDone, onSettled }: Props<B, T>) {
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
      const sent = await resendAttempt(subject, send);
      if (sent) onDone(sent.result);
    } catch (error) {
      const problem = toProblem(error);
      // A final problem closes this notice.
      if (isFinal(problem)) showToast(`That did not go through: ${problem.message}`);
      else setProblem(problem);
    } finally {
      setSending(false);
      onSettled?.();
    }
  }

  return (
    <Notice tone="warn">
      <strong>
        {describe(attempt.body as B)} sent on {formatDateTime(new Date(attempt.startedAt).toISOString())} got no response.
      </strong>
      <span>It may have gone through. Sending it again is safe: it takes effect only once. Nothing else can be sent until its outcome is known.</span>
      {problem && <span>{problemMessage(problem)}</span>}
      <span className={styles.actions}>
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
