import { describe, expect, it } from 'vitest';
import { after, ageOf, type Attempt, type AttemptEvent, FRESH_MS, KEY_KEPT_MS, mayDiscard, ON_ITS_WAY_MS, sends, settles, slot } from './attempts';

const HOUR = 3_600_000;
const T = 1_000 * HOUR;
const open: Attempt = { key: 'first', body: { card: 'slow' }, shown: null, startedAt: T, pressedAt: T, sentAt: T };
const press = (at: number, key = 'other'): AttemptEvent => ({ type: 'press', wish: { key, body: { card: key }, shown: null }, at });
const resume = (at: number, byHand = false): AttemptEvent => ({ type: 'resume', byHand, at });

describe('an attempt', () => {
  it('begins with a press', () => {
    expect(after(undefined, press(T, 'first'))).toEqual({ ...open, body: { card: 'first' } });
    expect(after(undefined, resume(T, true))).toBeUndefined();
  });

  it.each<[string, Attempt | undefined, AttemptEvent, { sent: boolean; pressedAt?: number } | undefined]>([
    ['another press, with another card', open, press(T + 5), { sent: true, pressedAt: T + 5 }],
    ['another press hours later', open, press(T + HOUR), { sent: true, pressedAt: T + HOUR }],
    ['another press after the shop has forgotten the key', open, press(T + KEY_KEPT_MS), { sent: false, pressedAt: T }],
    ['asking by itself', open, resume(T + 5), { sent: true, pressedAt: T }],
    ['asking by itself for an old one', open, resume(T + FRESH_MS), { sent: false, pressedAt: T }],
    ['asking by itself after the clock was set back', open, resume(T - 1), { sent: false, pressedAt: T }],
    ['asking for an old one by hand', open, resume(T + HOUR, true), { sent: true, pressedAt: T + HOUR }],
    ['asking by hand after the shop has forgotten the key', open, resume(T + 24 * HOUR, true), { sent: false, pressedAt: T }],
    ['an answer that tells nothing', open, { type: 'answer', key: 'first', settled: false }, { sent: false, pressedAt: T }],
    ['an answer to another key', open, { type: 'answer', key: 'older', settled: true }, { sent: false, pressedAt: T }],
    ['an answer that settles it', open, { type: 'answer', key: 'first', settled: true }, undefined],
    ['being given up while it may be on its way', open, { type: 'discard', at: T + 5 }, { sent: false, pressedAt: T }],
    ['being given up right after it was sent again', { ...open, sentAt: T + FRESH_MS }, { type: 'discard', at: T + FRESH_MS + 5 }, { sent: false }],
    ['being given up hours later', open, { type: 'discard', at: T + HOUR }, undefined],
  ])('%s', (_, before, event, expected) => {
    const now = after(before, event);
    const { sent = false, ...rest } = expected ?? {};
    if (!expected) expect(now).toBeUndefined();
    else expect(now).toMatchObject({ key: 'first', body: { card: 'slow' }, startedAt: T, ...rest });
    expect(sends(before, event)).toBe(sent);
  });

  it('is fresh for ten minutes after a press, and expired before the key is', () => {
    expect([0, FRESH_MS - 1, FRESH_MS, KEY_KEPT_MS - 1, KEY_KEPT_MS].map((since) => ageOf(open, T + since))).toEqual(['fresh', 'fresh', 'old', 'old', 'expired']);
    expect(KEY_KEPT_MS).toBeLessThan(24 * HOUR);
    expect(mayDiscard({ ...open, sentAt: T + FRESH_MS }, T + FRESH_MS + ON_ITS_WAY_MS)).toBe(true);
  });
});

/** The same numbers in every run. */
function dice(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * most);
  };
}

const STEPS = [0, 900, 60_000, FRESH_MS, HOUR, 12 * HOUR];

/** One customer, with as many tabs, reloads and evenings as the dice give them. */
function live(roll: (most: number) => number): void {
  let now = T;
  let attempt: Attempt | undefined;
  const firstSent = new Map<string, { body: unknown; at: number }>();
  for (let step = 0; step < 60; step++) {
    now += STEPS[roll(STEPS.length)] ?? 0;
    const event = [
      press(now, `key ${step}`),
      resume(now, roll(2) === 0),
      { type: 'answer', key: attempt?.key ?? 'none', settled: roll(6) === 0 } as const,
      { type: 'answer', key: `key ${roll(60)}`, settled: true } as const,
      { type: 'discard', at: now } as const,
    ][roll(5)];
    if (!event) throw new Error('the dice have too many sides');
    const before: Attempt | undefined = attempt;
    attempt = after(before, event);
    // Only an answer to its own key, or giving it up when nothing is on its way, ends it.
    if (before && attempt?.key !== before.key) {
      const givenUp = event.type === 'discard' && now - before.sentAt >= ON_ITS_WAY_MS && now - before.pressedAt >= FRESH_MS;
      expect(givenUp || (event.type === 'answer' && event.settled && event.key === before.key)).toBe(true);
      expect(attempt).toBeUndefined();
    }
    if (!attempt || !sends(before, event)) continue;
    // Its body stays what it was, and its key is not used for longer than the shop remembers it.
    const first = firstSent.get(attempt.key) ?? { body: attempt.body, at: now };
    firstSent.set(attempt.key, first);
    expect(attempt.body).toBe(first.body);
    expect(now - first.at).toBeLessThan(24 * HOUR);
    expect(attempt.sentAt).toBe(now);
  }
}

it('whatever happens, in whatever order: nothing is begun beside what has no known outcome', () => {
  for (let seed = 1; seed <= 300; seed++) live(dice(seed));
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
  // Not the shop's words: a proxy's page.
  [403, 'unknown', false],
  [404, 'unknown', false],
  [0, 'unreachable', false],
  [401, 'unauthenticated', false],
  [408, 'timeout', false],
  [429, 'too_many_requests', false],
  [500, 'internal', false],
  [503, 'unavailable', false],
  [504, 'unknown', false],
])('%i %s settles: %s', (status, code, settled) => {
  expect(settles({ status, code })).toBe(settled);
});

it('attempts of different people and of different things do not meet', () => {
  slot(1, 'purchase').set(open);
  expect(slot(1, 'purchase').get()).toEqual(open);
  expect(slot(2, 'purchase').get()).toBeUndefined();
  expect(slot(1, 'refund 7').get()).toBeUndefined();
});
