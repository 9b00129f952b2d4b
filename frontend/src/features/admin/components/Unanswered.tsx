import { useState } from 'react';
import { toProblem, type Problem, problemMessage } from '@/lib/api/problem';
import { attemptAge, canDiscard, isFinal } from '@/lib/idempotency/attempt';
import { useNow } from '@/lib/useNow';
import { resendAttempt, discardAttempt, type AttemptSender, useOpenAttempt } from '@/lib/idempotency/send';
import { useUser } from '@/lib/session';
import { formatDateTime } from '@/lib/dates';
import { Button } from '@/components/ui/Button';
import { Notice } from '@/components/ui/State';
import { toast } from '@/components/ui/Toasts';
import styles from './Unanswered.module.css';

type Given<B, T> = {
  subject: string;
  /** What was sent, as the subject of a sentence. */
  words: (body: B) => string;
  send: AttemptSender<B, T>['send'];
  onDone: (answer: T) => void;
  /** It is no longer open, done or not: what is shown may be old. */
  onOver?: () => void;
};

/**
 * What an admin has sent and nobody has answered. It may have been done, so nothing else is sent in
 * its place until its outcome is known, or it is given up long after it can have been on its way.
 */
export function Unanswered<B, T>({ subject, words, send, onDone, onOver }: Given<B, T>) {
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
      if (isFinal(refused)) toast(`That did not go through: ${refused.message}`);
      else setProblem(refused);
    } finally {
      setBusy(false);
      onOver?.();
    }
  }

  return (
    <Notice tone="warn">
      <strong>
        {words(attempt.body as B)} sent on {formatDateTime(new Date(attempt.startedAt).toISOString())} got no response.
      </strong>
      <span>It may have gone through. Sending it again is safe: it takes effect only once. Nothing else can be sent until its outcome is known.</span>
      {problem && <span>{problemMessage(problem)}</span>}
      <span className={styles.choices}>
        {attemptAge(attempt, now) !== 'expired' && (
          <Button size="s" busy={busy} onClick={() => void again()}>
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
