import type { Observable } from './observable';
import { stored } from './stored';

/**
 * One thing that is sent once: an order, a payment, a refund, a stock movement.
 *
 * It is stored before its request leaves. Until its outcome is known it is the only one for its
 * subject: whoever presses again, in whatever tab and with whatever input, sends this body under
 * this key once more. The API then answers what the first request came to, or does it now.
 */
export type Attempt = {
  key: string;
  /** Exactly what was sent. The same key with another body is refused. */
  body: unknown;
  /** What the page needs to speak of it, which the API never sees. */
  shown: unknown;
  startedAt: number;
  /** When somebody last asked for it by hand. What only asks again by itself leaves it alone. */
  pressedAt: number;
  /** When it was last sent, by hand or not. */
  sentAt: number;
};

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** For this long after a press it is sent again by itself. Later the customer is asked: nobody buys in their sleep. */
export const FRESH_MS = 10 * MINUTE;
/** The API forgets a key after 24 hours, and would do it a second time. An hour is for clocks that differ. */
export const KEY_KEPT_MS = 23 * HOUR;
/** What was sent may still be on its way. The slowest request of the API takes half a minute. */
export const ON_ITS_WAY_MS = 2 * MINUTE;

/**
 * What may be done with an attempt that has no known outcome: `fresh` sends it again by itself, `old`
 * asks first, `expired` is never sent again. A clock that was set back is not trusted: it asks.
 */
export type Age = 'fresh' | 'old' | 'expired';

export function ageOf({ startedAt, pressedAt }: Pick<Attempt, 'startedAt' | 'pressedAt'>, now: number): Age {
  if (now - startedAt >= KEY_KEPT_MS) return 'expired';
  const sincePress = now - pressedAt;
  return sincePress >= 0 && sincePress < FRESH_MS ? 'fresh' : 'old';
}

/** Whether it may be given up once it is known that the shop has not done it: nothing is on its way any more. */
export function mayDiscard(attempt: Attempt, now: number): boolean {
  return ageOf(attempt, now) !== 'fresh' && Math.abs(now - attempt.sentAt) >= ON_ITS_WAY_MS;
}

export type AttemptEvent =
  /** Somebody wants it. `wish` is what would be begun if nothing were open. */
  | { type: 'press'; wish: { key: string; body: unknown; shown: unknown }; at: number }
  /** Asked for again: by hand or by itself. */
  | { type: 'resume'; byHand: boolean; at: number }
  /** What came back for this key. */
  | { type: 'answer'; key: string; settled: boolean }
  /** The customer gives it up. */
  | { type: 'discard'; at: number };

/** What is open after `event`. The one place that decides when an attempt begins and ends. */
export function after(open: Attempt | undefined, event: AttemptEvent): Attempt | undefined {
  switch (event.type) {
    case 'press':
      if (open) return ageOf(open, event.at) === 'expired' ? open : { ...open, pressedAt: event.at, sentAt: event.at };
      return { ...event.wish, startedAt: event.at, pressedAt: event.at, sentAt: event.at };
    case 'resume': {
      if (!open || ageOf(open, event.at) === 'expired') return open;
      if (!event.byHand && ageOf(open, event.at) === 'old') return open;
      return { ...open, sentAt: event.at, ...(event.byHand && { pressedAt: event.at }) };
    }
    case 'answer':
      return open?.key === event.key && event.settled ? undefined : open;
    case 'discard':
      return open && mayDiscard(open, event.at) ? undefined : open;
  }
}

/** Whether this event sends the attempt that is open after it. */
export function sends(before: Attempt | undefined, event: AttemptEvent): boolean {
  const attempt = after(before, event);
  return (event.type === 'press' || event.type === 'resume') && attempt !== undefined && attempt !== before;
}

/**
 * Whether a refusal tells what became of the request: the shop's own word that nothing was done, or
 * that it was declined. A proxy's page, an error of the shop's or no answer at all tell nothing.
 */
export function settles({ status, code }: { status: number; code: string }): boolean {
  if (status < 400 || status >= 500 || code === 'unknown') return false;
  if (['idempotency_in_progress', 'idempotency_mismatch'].includes(code)) return false;
  // 401 comes before anything is looked at: it goes on after the next log-in. So does 429.
  return ![401, 408, 425, 429].includes(status);
}

/** Two bodies that the API takes for one. */
export function sameBody(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

const slots = new Map<string, Observable<Attempt | undefined>>();

/** Where this person's open attempt at `subject` is kept: for all tabs, over reloads and log-outs. */
export function slot(userId: number, subject: string): Observable<Attempt | undefined> {
  const name = nameOf(userId, subject);
  const known = slots.get(name);
  if (known) return known;
  // One entry for each, so that two tabs with different things to do never write over each other.
  const made = stored<Attempt | undefined>(name, attemptOf, undefined);
  slots.set(name, made);
  return made;
}

export function nameOf(userId: number, subject: string): string {
  return `shop.attempt.${userId}.${subject}`;
}

function attemptOf(found: unknown): Attempt | undefined {
  if (typeof found !== 'object' || found === null) return undefined;
  const { key, body, shown, startedAt, pressedAt, sentAt } = found as Partial<Record<keyof Attempt, unknown>>;
  const times = [startedAt, pressedAt, sentAt].every((time) => typeof time === 'number' && Number.isFinite(time));
  return typeof key === 'string' && key !== '' && body !== undefined && times ? ({ ...found, shown } as Attempt) : undefined;
}
