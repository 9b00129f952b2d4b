import { expect, it } from 'vitest';
import { stages, STATUS } from './status';

it('each status has a label, a tone and an icon', () => {
  expect(Object.entries(STATUS).map(([status, { label, tone, icon }]) => [status, label, tone, icon])).toEqual([
    ['pending', 'Processing', 'plain', 'package'],
    ['confirmed', 'Confirmed', 'good', 'check'],
    ['partially_shipped', 'Partly on its way', 'good', 'truck'],
    ['shipped', 'On its way', 'good', 'truck'],
    ['delivered', 'Delivered', 'good', 'package'],
    ['payment_failed', 'Payment failed', 'warn', 'alert'],
    ['cancelled', 'Cancelled', 'bad', 'close'],
  ]);
  for (const { description } of Object.values(STATUS)) expect(description).toMatch(/[.!]$/);
});

it('a stage keeps its time and detail', () => {
  const at = '2026-01-01T00:00:00.000Z';
  const order = { status: 'payment_failed' as const, timeline: [{ status: 'payment_failed' as const, at, detail: 'insufficient_funds' }] };
  expect(stages(order)).toEqual([{ status: 'payment_failed', at, detail: 'insufficient_funds' }]);
  expect(stages({ status: 'cancelled', timeline: [{ status: 'cancelled', at }] })).toEqual([{ status: 'cancelled', at, detail: undefined }]);
});
