import type { Observable } from '../observable';
import { persistent } from '../persistent';

/**
 * A write that must take effect only once: an order, a payment, a refund, a stock movement.
 *
 * It is stored before its request is sent. Until its outcome is known it is the only attempt for its
 * subject: submitting again, in any tab and with any input, sends this body with this idempotency key
 * again. The API then replays the first outcome, or executes the request now.
 */
export type Attempt = {
  key: string;
  /** Exactly what was sent. The API rejects the same key with another body. */
  body: unknown;
  /** What the page needs to display it. Never sent to the API. */
  shown: unknown;
  startedAt: number;
  /** When the user last asked for it. Automatic retries do not change it. */
  pressedAt: number;
  /** When it was last sent, by the user or automatically. */
  sentAt: number;
};

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** How long after the user asked for it an attempt is retried automatically. Later the user is asked first. */
export const FRESH_MS = 10 * MINUTE;
/** The API forgets a key after 24 hours, and would then execute the request again. One hour is a margin for clock differences. */
export const KEY_LIFETIME_MS = 23 * HOUR;
/** How long a request may still be in flight. The API’s slowest request takes half a minute. */
export const MAX_IN_FLIGHT_MS = 2 * MINUTE;

/**
 * What may happen to an attempt without a known outcome: `fresh` is retried automatically, `old` only
 * when the user asks, `expired` never. A clock that was set back makes an attempt `old`.
 */
export type AttemptAge = 'fresh' | 'old' | 'expired';

export function attemptAge({ startedAt, pressedAt }: Pick<Attempt, 'startedAt' | 'pressedAt'>, now: number): AttemptAge {
  if (now - startedAt >= KEY_LIFETIME_MS) return 'expired';
  const age = now - pressedAt;
  return age >= 0 && age < FRESH_MS ? 'fresh' : 'old';
}

/** Whether the user may discard it: it is no longer in flight, and the page has looked up whether it took effect. */
export function canDiscard(attempt: Attempt, now: number): boolean {
  return attemptAge(attempt, now) !== 'fresh' && Math.abs(now - attempt.sentAt) >= MAX_IN_FLIGHT_MS;
}

export type AttemptEvent =
  /** The user submits. `draft` is the new attempt if none is open. */
  | { type: 'submit'; draft: { key: string; body: unknown; shown: unknown }; at: number }
  /** The open attempt is sent again, by the user or automatically. */
  | { type: 'resume'; byUser: boolean; at: number }
  /** A response to this key. */
  | { type: 'response'; key: string; final: boolean }
  /** The user gives it up. */
  | { type: 'discard'; at: number };

/** The open attempt after `event`. The only place that decides when an attempt begins and ends. */
export function nextState(open: Attempt | undefined, event: AttemptEvent): Attempt | undefined {
  switch (event.type) {
    case 'submit':
      if (open) return attemptAge(open, event.at) === 'expired' ? open : { ...open, pressedAt: event.at, sentAt: event.at };
      return { ...event.draft, startedAt: event.at, pressedAt: event.at, sentAt: event.at };
    case 'resume': {
      if (!open || attemptAge(open, event.at) === 'expired') return open;
      if (!event.byUser && attemptAge(open, event.at) === 'old') return open;
      return { ...open, sentAt: event.at, ...(event.byUser && { pressedAt: event.at }) };
    }
    case 'response':
      return open?.key === event.key && event.final ? undefined : open;
    case 'discard':
      return open && canDiscard(open, event.at) ? undefined : open;
  }
}

/** Whether `event` sends the attempt. */
export function shouldSend(open: Attempt | undefined, event: AttemptEvent): boolean {
  const attempt = nextState(open, event);
  return (event.type === 'submit' || event.type === 'resume') && attempt !== undefined && attempt !== open;
}

/**
 * Whether an error settles the outcome: the API says that the request had no effect, or that it was
 * declined. An error page of a proxy, a server error or a missing response leave the outcome unknown.
 */
export function isFinal({ status, code }: { status: number; code: string }): boolean {
  if (status < 400 || status >= 500 || code === 'unknown') return false;
  if (['idempotency_in_progress', 'idempotency_mismatch'].includes(code)) return false;
  // 401 and 429 are decided before the key is looked at: the attempt continues later.
  return ![401, 408, 425, 429].includes(status);
}

/** Whether the API treats two bodies as the same request. */
export function isSameBody(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

const stores = new Map<string, Observable<Attempt | undefined>>();

/** The user's open attempt for `subject`, shared by all tabs and kept across reloads and logouts. */
export function openAttempt(userId: number, subject: string): Observable<Attempt | undefined> {
  const name = storageKey(userId, subject);
  const existing = stores.get(name);
  if (existing) return existing;
  // One storage entry per subject, so that tabs with different attempts never overwrite each other.
  const store = persistent<Attempt | undefined>(name, parseAttempt, undefined);
  stores.set(name, store);
  return store;
}

export function storageKey(userId: number, subject: string): string {
  return `shop.attempt.${userId}.${subject}`;
}

function parseAttempt(found: unknown): Attempt | undefined {
  if (typeof found !== 'object' || found === null) return undefined;
  const { key, body, shown, startedAt, pressedAt, sentAt } = found as Partial<Record<keyof Attempt, unknown>>;
  const times = [startedAt, pressedAt, sentAt].every((time) => typeof time === 'number' && Number.isFinite(time));
  return typeof key === 'string' && key !== '' && body !== undefined && times ? ({ ...found, shown } as Attempt) : undefined;
}
