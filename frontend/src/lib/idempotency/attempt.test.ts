import { describe, expect, it } from 'vitest';
import { type Attempt, attemptAge, type AttemptEvent, canDiscard, FRESH_MS, isFinal, KEY_LIFETIME_MS, MAX_IN_FLIGHT_MS, nextState, openAttempt, shouldSend } from './attempt';

const HOUR = 3_600_000;
const T = 1_000 * HOUR;
const open: Attempt = { key: 'first', body: { card: 'slow' }, shown: null, startedAt: T, pressedAt: T, sentAt: T };
const submit = (at: number, key = 'other'): AttemptEvent => ({ type: 'submit', draft: { key, body: { card: key }, shown: null }, at });
const resume = (at: number, byUser = false): AttemptEvent => ({ type: 'resume', byUser, at });

describe('an attempt', () => {
  it('begins when the user submits', () => {
    expect(nextState(undefined, submit(T, 'first'))).toEqual({ ...open, body: { card: 'first' } });
    expect(nextState(undefined, resume(T, true))).toBeUndefined();
  });

  it.each<[string, Attempt | undefined, AttemptEvent, { sent: boolean; pressedAt?: number } | undefined]>([
    ['a second submit, with another card', open, submit(T + 5), { sent: true, pressedAt: T + 5 }],
    ['a second submit hours later', open, submit(T + HOUR), { sent: true, pressedAt: T + HOUR }],
    ['a second submit after the key has expired', open, submit(T + KEY_LIFETIME_MS), { sent: false, pressedAt: T }],
    ['an automatic retry', open, resume(T + 5), { sent: true, pressedAt: T }],
    ['an automatic retry of an old attempt', open, resume(T + FRESH_MS), { sent: false, pressedAt: T }],
    ['an automatic retry after the clock was set back', open, resume(T - 1), { sent: false, pressedAt: T }],
    ['a retry of an old attempt by the user', open, resume(T + HOUR, true), { sent: true, pressedAt: T + HOUR }],
    ['a retry by the user after the key has expired', open, resume(T + 24 * HOUR, true), { sent: false, pressedAt: T }],
    ['a response that settles nothing', open, { type: 'response', key: 'first', final: false }, { sent: false, pressedAt: T }],
    ['a response to another key', open, { type: 'response', key: 'older', final: true }, { sent: false, pressedAt: T }],
    ['a response that settles it', open, { type: 'response', key: 'first', final: true }, undefined],
    ['discarding it while it may be in flight', open, { type: 'discard', at: T + 5 }, { sent: false, pressedAt: T }],
    ['discarding it right after it was sent again', { ...open, sentAt: T + FRESH_MS }, { type: 'discard', at: T + FRESH_MS + 5 }, { sent: false }],
    ['discarding it hours later', open, { type: 'discard', at: T + HOUR }, undefined],
  ])('%s', (_, before, event, expected) => {
    const now = nextState(before, event);
    const { sent = false, ...rest } = expected ?? {};
    if (!expected) expect(now).toBeUndefined();
    else expect(now).toMatchObject({ key: 'first', body: { card: 'slow' }, startedAt: T, ...rest });
    expect(shouldSend(before, event)).toBe(sent);
  });

  it('is fresh for ten minutes, and expires before its key', () => {
    expect([0, FRESH_MS - 1, FRESH_MS, KEY_LIFETIME_MS - 1, KEY_LIFETIME_MS].map((since) => attemptAge(open, T + since))).toEqual(['fresh', 'fresh', 'old', 'old', 'expired']);
    expect(KEY_LIFETIME_MS).toBeLessThan(24 * HOUR);
    expect(canDiscard({ ...open, sentAt: T + FRESH_MS }, T + FRESH_MS + MAX_IN_FLIGHT_MS)).toBe(true);
  });
});

/** A pseudo-random generator with the same numbers in every run. */
function seededRandom(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * most);
  };
}

const STEPS = [0, 900, 60_000, FRESH_MS, HOUR, 12 * HOUR];

/** Random events of one customer in several tabs, with reloads and long breaks. */
function simulate(roll: (most: number) => number): void {
  let now = T;
  let attempt: Attempt | undefined;
  const firstSent = new Map<string, { body: unknown; at: number }>();
  for (let step = 0; step < 60; step++) {
    now += STEPS[roll(STEPS.length)] ?? 0;
    const event = [
      submit(now, `key ${step}`),
      resume(now, roll(2) === 0),
      { type: 'response', key: attempt?.key ?? 'none', final: roll(6) === 0 } as const,
      { type: 'response', key: `key ${roll(60)}`, final: true } as const,
      { type: 'discard', at: now } as const,
    ][roll(5)];
    if (!event) throw new Error('no event for this number');
    const before: Attempt | undefined = attempt;
    attempt = nextState(before, event);
    // Only a response to its own key, or discarding it when it is no longer in flight, ends it.
    if (before && attempt?.key !== before.key) {
      const discarded = event.type === 'discard' && now - before.sentAt >= MAX_IN_FLIGHT_MS && now - before.pressedAt >= FRESH_MS;
      expect(discarded || (event.type === 'response' && event.final && event.key === before.key)).toBe(true);
      expect(attempt).toBeUndefined();
    }
    if (!attempt || !shouldSend(before, event)) continue;
    // The body never changes, and the key is not used for longer than the API remembers it.
    const first = firstSent.get(attempt.key) ?? { body: attempt.body, at: now };
    firstSent.set(attempt.key, first);
    expect(attempt.body).toBe(first.body);
    expect(now - first.at).toBeLessThan(24 * HOUR);
    expect(attempt.sentAt).toBe(now);
  }
}

it('no sequence of events begins a second attempt while the first has no known outcome', () => {
  for (let seed = 1; seed <= 300; seed++) simulate(seededRandom(seed));
});

it.each([
  [402, 'payment_declined', true],
  [400, 'invalid', true],
  [404, 'unknown_product', true],
  [409, 'price_changed', true],
  [409, 'insufficient_stock', true],
  [412, 'stale', true],
  [409, 'idempotency_in_progress', false],
  [422, 'idempotency_mismatch', false],
  // An error page of a proxy, not of the API.
  [403, 'unknown', false],
  [404, 'unknown', false],
  [0, 'unreachable', false],
  [401, 'unauthenticated', false],
  [408, 'timeout', false],
  [429, 'too_many_requests', false],
  [500, 'internal', false],
  [503, 'unavailable', false],
  [504, 'unknown', false],
])('%i %s settles the outcome: %s', (status, code, expected) => {
  expect(isFinal({ status, code })).toBe(expected);
});

it('attempts of different users and subjects are separate', () => {
  openAttempt(1, 'purchase').set(open);
  expect(openAttempt(1, 'purchase').get()).toEqual(open);
  expect(openAttempt(2, 'purchase').get()).toBeUndefined();
  expect(openAttempt(1, 'refund 7').get()).toBeUndefined();
});
