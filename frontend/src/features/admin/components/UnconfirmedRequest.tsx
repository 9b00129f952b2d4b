import { useState } from 'react';
import { Button } from '@/components/ui/Button';
import { Notice } from '@/components/ui/State';
import { showToast } from '@/components/ui/Toasts';
import { type Problem, problemMessage, toProblem } from '@/lib/api/problem';
import { formatDateTime } from '@/lib/dates';
import { attemptAge, canDiscard, isFinal } from '@/lib/idempotency/attempt';
import { type AttemptSender, discardAttempt, resendAttempt, useOpenAttempt } from '@/lib/idempotency/send';
import { useUser } from '@/lib/session';
import { useNow } from '@/lib/useNow';
import styles from './UnconfirmedRequest.module.css';

type Given<B, T> = {
  subject: string;
  /** What was sent, as the subject of a sentence. */
  describe: (body: B) => string;
  send: AttemptSender<B, T>['send'];
  onDone: (answer: T) => void;
  /** It is no longer open, done or not: what is shown may be old. */
  onSettled?: () => void;
};

/**
 * What an admin has sent and nobody has answered. It may have been done, so nothing else is sent in
 * its place until its outcome is known, or it is given up long after it can have been on its way.
 */
export function UnconfirmedRequest<B, T>({ subject, describe, send, onDone, onSettled }: Given<B, T>) {
  const userId = useUser()?.id ?? 0;
  const attempt = useOpenAttempt(userId, subject);
  const now = useNow();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  if (!attempt) return null;

  async function again(): Promise<void> {
    setBusy(true);
    setProblem(undefined);
    try {
      const sent = await resendAttempt(subject, send);
      if (sent) onDone(sent.result);
    } catch (error) {
      const refused = toProblem(error);
      // What settles it takes this notice away.
      if (isFinal(refused)) showToast(`That did not go through: ${refused.message}`);
      else setProblem(refused);
    } finally {
      setBusy(false);
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
      <span className={styles.choices}>
        {attemptAge(attempt, now) !== 'expired' && (
          <Button size="s" loading={busy} onClick={() => void again()}>
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
