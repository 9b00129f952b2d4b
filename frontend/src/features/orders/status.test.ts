import { describe, expect, it } from 'vitest';
import type { OrderStatus } from '@/lib/api/types';
import { canCancel, type Stage, stages, stageText, stageTitle, STATUS } from './status';

const at = '2026-01-01T00:00:00.000Z';
const after = (...statuses: OrderStatus[]) => ({
  status: statuses.at(-1) ?? ('pending' as const),
  timeline: statuses.map((status) => ({ status, at })),
});

describe("an order's stages", () => {
  it.each<[OrderStatus[], string[]]>([
    [['pending'], ['pending']],
    [['pending', 'confirmed'], ['confirmed', 'shipped?', 'delivered?']],
    [['pending', 'confirmed', 'shipped'], ['confirmed', 'shipped', 'delivered?']],
    [['pending', 'confirmed', 'partially_shipped'], ['confirmed', 'partially_shipped', 'shipped?', 'delivered?']],
    [['pending', 'confirmed', 'shipped', 'delivered'], ['confirmed', 'shipped', 'delivered']],
    [['pending', 'payment_failed'], ['payment_failed']],
    [['pending', 'payment_failed', 'confirmed'], ['payment_failed', 'confirmed', 'shipped?', 'delivered?']],
    [['pending', 'confirmed', 'cancelled'], ['confirmed', 'cancelled']],
  ])('after %j are %j', (past, shown) => {
    expect(stages(after(...past)).map((stage) => stage.status + (stage.at === undefined ? '?' : ''))).toEqual(shown);
  });
});

describe('an entry of the history', () => {
  const entry = (status: OrderStatus, detail?: string): Stage => ({ status, at, detail });

  it.each<[OrderStatus, Stage, string, string | undefined]>([
    ['delivered', entry('delivered'), 'Delivered', STATUS.delivered.description],
    ['delivered', entry('shipped', 'DHL 0034'), 'On its way', 'DHL 0034'],
    ['delivered', entry('shipped'), 'On its way', undefined],
    ['delivered', entry('delivered', 'Return requested'), 'Return requested', undefined],
    ['delivered', entry('delivered', 'Refunded 12.99 EUR'), 'Refunded 12.99 EUR', undefined],
    ['payment_failed', entry('payment_failed', 'insufficient_funds'), 'Payment failed', 'Your card has insufficient funds.'],
  ])('of an order that is %s: %j', (status, stage, title, text) => {
    expect([stageTitle(stage), stageText({ status }, stage)]).toEqual([title, text]);
  });
});

it('can be cancelled until it ships', () => {
  const all: OrderStatus[] = ['pending', 'confirmed', 'partially_shipped', 'shipped', 'delivered', 'payment_failed', 'cancelled'];
  expect(all.filter(canCancel)).toEqual(['confirmed', 'payment_failed']);
});
