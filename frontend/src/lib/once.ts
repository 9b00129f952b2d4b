import { after, type Attempt, type AttemptEvent, nameOf, sameBody, sends, settles, slot } from './attempts';
import { toProblem, Problem } from './api/problem';
import { exclusively } from './exclusively';
import { type Observable, useObservable } from './observable';
import { session } from './session';
import { stored } from './stored';

/** The code of a press that was not sent because an earlier one has no known outcome. */
export const UNANSWERED = 'unanswered';

export type Sender<B, T> = {
  userId: number;
  /** What may be done only once at a time: `purchase`, `refund 7`. */
  subject: string;
  send: (key: string, body: B) => Promise<T>;
  /** Whether a press must not be answered by an attempt with another body. */
  strict?: boolean;
  /** Runs once in all tabs when it is known to be done, before the attempt is forgotten. */
  onDone?: (answer: T, attempt: Attempt) => void;
};

export type Sent<T> = { attempt: Attempt; answer: T };
/** A press, with what it would begin; or asking again for what is open. */
export type Intent<B> = { body: B; shown?: unknown } | { byHand: boolean };

/**
 * Sends the open attempt, or begins one, in one tab at a time. A press while another tab is at it
 * joins that tab's attempt. Undefined: there was nothing to send, or no more.
 *
 * Throws the `Problem` that came back. What it settles is over; everything else stays open.
 */
export async function pursue<B, T>(sender: Sender<B, T>, intent: Intent<B>): Promise<Sent<T> | undefined> {
  const name = nameOf(sender.userId, sender.subject);
  const place = slot(sender.userId, sender.subject);
  const meant = (attempt: Attempt) => !sender.strict || !('body' in intent) || sameBody(attempt.body, intent.body);
  // What another tab is at is heard of while we wait for it, and gone when it is our turn.
  let seen = place.get();
  const stopListening = place.subscribe(() => (seen = place.get() ?? seen));
  try {
    return await exclusively(name, async (waited) => {
      // Whoever has logged in while we waited: this is not theirs to send.
      if (whoseId() !== sender.userId) return undefined;
      // Read again: another tab may have begun or ended it meanwhile.
      place.update((open) => open);
      const before = place.get();
      const attempt = before || !waited ? next(before, intent) : rejoined(name, seen, intent);
      if (!attempt) return undefined;
      if (!meant(attempt)) throw unanswered();
      place.set(attempt);
      return answered(sender, attempt);
    });
  } finally {
    stopListening();
  }
}

/** What is to be sent now, undefined where nothing is. */
function next<B>(before: Attempt | undefined, intent: Intent<B>): Attempt | undefined {
  const at = Date.now();
  const event: AttemptEvent =
    'byHand' in intent
      ? { type: 'resume', byHand: intent.byHand, at }
      : { type: 'press', wish: { key: crypto.randomUUID(), body: intent.body, shown: intent.shown }, at };
  return sends(before, event) ? after(before, event) : undefined;
}

/**
 * Another tab's attempt ended while this tab waited for it: a press meant the same, and its key
 * gives the same answer again. Who only asked by itself asks for what was done, and begins nothing.
 */
function rejoined<B>(name: string, seen: Attempt | undefined, intent: Intent<B>): Attempt | undefined {
  const again = seen && ('body' in intent || lastDone(name).get() === seen.key);
  return again ? next(seen, intent) : undefined;
}

async function answered<B, T>(sender: Sender<B, T>, attempt: Attempt): Promise<Sent<T>> {
  const { userId, subject, send, onDone } = sender;
  try {
    const answer = await send(attempt.key, attempt.body as B);
    settle(userId, subject, attempt, onDone && (() => onDone(answer, attempt)));
    return { attempt, answer };
  } catch (error) {
    const problem = toProblem(error);
    if (settles(problem)) settle(userId, subject, attempt);
    throw problem;
  }
}

/**
 * The outcome of an attempt is known: another one may begin. What follows from it happens once; a
 * tab that joined, and hears the answer as well, leaves that to the first.
 */
export function settle(userId: number, subject: string, { key }: Attempt, whatFollows?: () => void): void {
  if (whatFollows) {
    const last = lastDone(nameOf(userId, subject));
    if (last.get() !== key) whatFollows();
    last.set(key);
  }
  slot(userId, subject).update((open) => after(open, { type: 'answer', key, settled: true }));
}

/** The key of what was done last, in whatever tab; read anew each time. */
function lastDone(name: string): Observable<string> {
  return stored(`${name}.done`, (found) => (typeof found === 'string' ? found : undefined), '', undefined, () => undefined);
}

/** Gives up what the shop is known not to have done, where that is safe. */
export function discard(userId: number, subject: string): void {
  slot(userId, subject).update((open) => after(open, { type: 'discard', at: Date.now() }));
}

/**
 * For forms: sends `body` once, however often it is pressed. While an earlier body for the subject
 * has no known outcome, another one is not sent: it would be a second refund, a second movement.
 */
export async function once<B, T>(subject: string, body: B, send: Sender<B, T>['send']): Promise<T> {
  const sent = await pursue({ userId: whoseId(), subject, send, strict: true }, { body });
  if (!sent) throw unanswered();
  return sent.answer;
}

/** Asks once more for what got no answer. Undefined: it was answered in another tab. */
export function askAgain<B, T>(subject: string, send: Sender<B, T>['send']): Promise<Sent<T> | undefined> {
  return pursue({ userId: whoseId(), subject, send }, { byHand: true });
}

function whoseId(): number {
  return session.get().who?.id ?? 0;
}

function unanswered(): Problem {
  return new Problem(409, {
    code: UNANSWERED,
    message: 'This was not sent: an earlier request got no response and may have gone through. Resolve that one first.',
  });
}

/** This person's attempt at `subject` that has no known outcome. */
export function useAttempt(userId: number, subject: string): Attempt | undefined {
  return useObservable(slot(userId, subject));
}
