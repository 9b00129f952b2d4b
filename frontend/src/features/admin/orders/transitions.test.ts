import { describe, expect, it } from 'vitest';
import type { Payment } from '@/lib/api/types';
import { canCancel, isRefunded, isStatus, nextTransition, refundableAmount, STATUSES } from './transitions';

it('offers only the transitions that an admin may make', () => {
  expect(STATUSES.map((status) => [status, nextTransition(status)?.to, canCancel(status)])).toEqual([
    ['pending', undefined, false],
    ['confirmed', 'shipped', true],
    ['partially_shipped', 'shipped', false],
    ['shipped', 'delivered', false],
    ['delivered', undefined, false],
    ['payment_failed', undefined, true],
    ['cancelled', undefined, false],
  ]);
});

it('explains each transition to the admin', () => {
  for (const status of STATUSES) {
    const step = nextTransition(status);
    if (step) expect(step.consequence).toMatch(/^The customer is notified .*cannot be undone\.$/);
  }
});

it.each<[Payment['status'][], boolean]>([
  [['captured'], false],
  [['partially_refunded'], false],
  [['declined'], false],
  [[], false],
  [['refunded'], true],
  [['declined', 'refunded'], true],
  [['refunded', 'captured'], false],
])('an order with payment statuses %j is fully refunded: %s', (statuses, refunded) => {
  expect(isRefunded(statuses.map((status) => ({ status })))).toBe(refunded);
});

describe('refundableAmount', () => {
  const of = (status: Payment['status'], amount: number, ...back: number[]) =>
    refundableAmount({ status, amount, refunds: back.map((one, place) => ({ id: String(place), amount: one, createdAt: '' })) });

  it.each([
    [of('captured', 12.5), 12.5],
    [of('partially_refunded', 0.3, 0.1), 0.2],
    [of('partially_refunded', 100, 33.33, 33.33), 33.34],
    [of('refunded', 5, 5), 0],
    [of('declined', 5), 0],
    [of('voided', 5), 0],
  ])('leaves %d', (left, expected) => expect(left).toBe(expected));
});

it('recognizes a status in the URL', () => {
  expect(['shipped', 'SHIPPED', '', null].map(isStatus)).toEqual([true, false, false, false]);
});
