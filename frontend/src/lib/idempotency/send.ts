import { Problem, toProblem } from '../api/problem';
import { withLock } from '../lock';
import { type Observable, useObservable } from '../observable';
import { persistent } from '../persistent';
import { session } from '../session';
import { type Attempt, type AttemptEvent, isFinal, isSameBody, nextState, openAttempt, shouldSend, storageKey } from './attempt';

/** The code of a request that was not sent because an earlier one has no known outcome. */
export const OUTCOME_UNKNOWN = 'outcome_unknown';

export type AttemptSender<B, T> = {
  userId: number;
  /** What may have only one attempt at a time: `purchase`, `refund 7`. */
  subject: string;
  send: (key: string, body: B) => Promise<T>;
  /** Whether to fail, rather than send the open attempt, when its body is a different one. */
  rejectOtherBody?: boolean;
  /** Runs in only one tab when the attempt has succeeded, before it is removed. */
  onDone?: (result: T, attempt: Attempt) => void;
};

export type SentAttempt<T> = { attempt: Attempt; result: T };
/** Submitting `body`, or resending the open attempt. */
export type Intent<B> = { body: B; shown?: unknown } | { byUser: boolean };

/**
 * Sends the open attempt, or begins one, in one tab at a time. Submitting while another tab sends
 * joins that tab's attempt. Returns undefined if there was nothing to send.
 *
 * Throws the `Problem` of the response. The attempt stays open unless the problem settles it.
 */
export async function sendAttempt<B, T>(sender: AttemptSender<B, T>, intent: Intent<B>): Promise<SentAttempt<T> | undefined> {
  const name = storageKey(sender.userId, sender.subject);
  const store = openAttempt(sender.userId, sender.subject);
  const isIntended = (attempt: Attempt) => !sender.rejectOtherBody || !('body' in intent) || isSameBody(attempt.body, intent.body);
  // Another tab's attempt is visible only while this tab waits for the lock: it is gone afterwards.
  let lastSeen = store.get();
  const unsubscribe = store.subscribe(() => (lastSeen = store.get() ?? lastSeen));
  try {
    return await withLock(name, async (waited) => {
      // Another user may have logged in while this tab waited.
      if (currentUserId() !== sender.userId) return undefined;
      // Reads the storage again: another tab may have begun or ended an attempt in the meantime.
      store.update((current) => current);
      const open = store.get();
      const attempt = open || !waited ? attemptToSend(open, intent) : joinAttempt(name, lastSeen, intent);
      if (!attempt) return undefined;
      if (!isIntended(attempt)) throw outcomeUnknown();
      store.set(attempt);
      return sendAndRecord(sender, attempt);
    });
  } finally {
    unsubscribe();
  }
}

/** The attempt to send now, if any. */
function attemptToSend<B>(open: Attempt | undefined, intent: Intent<B>): Attempt | undefined {
  const at = Date.now();
  const event: AttemptEvent =
    'byUser' in intent
      ? { type: 'resume', byUser: intent.byUser, at }
      : { type: 'submit', draft: { key: crypto.randomUUID(), body: intent.body, shown: intent.shown }, at };
  return shouldSend(open, event) ? nextState(open, event) : undefined;
}

/**
 * Another tab's attempt ended while this tab waited. A submit in this tab meant the same, and the key
 * gives the same response again. An automatic retry asks only for what has succeeded, and begins nothing.
 */
function joinAttempt<B>(name: string, lastSeen: Attempt | undefined, intent: Intent<B>): Attempt | undefined {
  const joins = lastSeen && ('body' in intent || lastCompletedKey(name).get() === lastSeen.key);
  return joins ? attemptToSend(lastSeen, intent) : undefined;
}

async function sendAndRecord<B, T>(sender: AttemptSender<B, T>, attempt: Attempt): Promise<SentAttempt<T>> {
  const { userId, subject, send, onDone } = sender;
  try {
    const result = await send(attempt.key, attempt.body as B);
    completeAttempt(userId, subject, attempt, onDone && (() => onDone(result, attempt)));
    return { attempt, result };
  } catch (error) {
    const problem = toProblem(error);
    if (isFinal(problem)) completeAttempt(userId, subject, attempt);
    throw problem;
  }
}

/**
 * Ends an attempt whose outcome is known, so that another one may begin. `onCompleted` runs only in the
 * first tab that completes it; a tab that joined gets the same response.
 */
export function completeAttempt(userId: number, subject: string, { key }: Attempt, onCompleted?: () => void): void {
  if (onCompleted) {
    const last = lastCompletedKey(storageKey(userId, subject));
    if (last.get() !== key) onCompleted();
    last.set(key);
  }
  openAttempt(userId, subject).update((open) => nextState(open, { type: 'response', key, final: true }));
}

/** The key of the last attempt that succeeded, in any tab. Read from the storage each time. */
function lastCompletedKey(name: string): Observable<string> {
  return persistent(`${name}.done`, (found) => (typeof found === 'string' ? found : undefined), '', undefined, () => undefined);
}

/** Gives up an attempt that is known not to have taken effect, if it is no longer in flight. */
export function discardAttempt(userId: number, subject: string): void {
  openAttempt(userId, subject).update((open) => nextState(open, { type: 'discard', at: Date.now() }));
}

/**
 * For forms: sends `body` once, however often it is submitted. While an earlier body for the subject has
 * no known outcome, a different one is not sent: it would be a second refund, a second movement.
 */
export async function sendOnce<B, T>(subject: string, body: B, send: AttemptSender<B, T>['send']): Promise<T> {
  const sent = await sendAttempt({ userId: currentUserId(), subject, send, rejectOtherBody: true }, { body });
  if (!sent) throw outcomeUnknown();
  return sent.result;
}

/** Resends the open attempt. Undefined if another tab has completed it. */
export function resendAttempt<B, T>(subject: string, send: AttemptSender<B, T>['send']): Promise<SentAttempt<T> | undefined> {
  return sendAttempt({ userId: currentUserId(), subject, send }, { byUser: true });
}

function currentUserId(): number {
  return session.get().user?.id ?? 0;
}

function outcomeUnknown(): Problem {
  return new Problem(409, {
    code: OUTCOME_UNKNOWN,
    message: 'This was not sent: an earlier request got no response and may have gone through. Resolve that one first.',
  });
}

/** The user's attempt for `subject` without a known outcome. */
export function useOpenAttempt(userId: number, subject: string): Attempt | undefined {
  return useObservable(openAttempt(userId, subject));
}
