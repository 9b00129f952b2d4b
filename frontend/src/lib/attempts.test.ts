import { beforeEach, describe, expect, it } from 'vitest';
import { attempts, keyFor, settle, settles } from './attempts';

const HOUR = 3_600_000;
let made = 0;
const newKey = () => `key-${++made}`;

describe('an attempt', () => {
  beforeEach(() => attempts.set([]));

  it('keeps its key until it is settled', () => {
    const first = keyFor('order 1', 0, newKey);
    expect(keyFor('order 1', HOUR, newKey)).toBe(first);
    settle('order 1');
    expect(keyFor('order 1', HOUR, newKey)).not.toBe(first);
  });

  it('has a key of its own for each wish', () => {
    const mug = keyFor('order 1', 0, newKey);
    const two = keyFor('order 2', 0, newKey);
    expect(mug).not.toBe(two);
    settle('order 2');
    expect(keyFor('order 1', 1, newKey)).toBe(mug);
  });

  it('is forgotten before the shop forgets it', () => {
    const first = keyFor('order 1', 0, newKey);
    expect(keyFor('order 1', 13 * HOUR, newKey)).not.toBe(first);
    expect(attempts.get()).toHaveLength(1);
  });
});

it.each([
  [402, 'payment_declined', true],
  [404, 'unknown_product', true],
  [409, 'price_changed', true],
  [409, 'idempotency_in_progress', false],
  [422, 'idempotency_key_reused', true],
  [0, 'unreachable', false],
  [401, 'unauthenticated', false],
  [429, 'too_many_requests', false],
  [500, 'internal', false],
  [503, 'unavailable', false],
])('%i %s settles: %s', (status, code, settled) => {
  expect(settles({ status, code })).toBe(settled);
});
