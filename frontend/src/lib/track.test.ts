import { describe, expect, it } from 'vitest';
import { createTracker } from './track';

type SendResult = { retry: false } | { retry: true; seconds: number | undefined };

/** A tracker with a fake clock and API. */
function tracked(results: SendResult[] = []) {
  const sent: { id: string | undefined; type: string; leaving: boolean }[] = [];
  const timers: { ms: number; action: () => void }[] = [];
  let ids = 0;
  const it = createTracker({
    send: ({ event }, leaving) => {
      sent.push({ id: event.eventId ?? undefined, type: event.eventType, leaving });
      return Promise.resolve(results.shift() ?? { retry: false });
    },
    after: (ms, action) => void timers.push({ ms, action }),
    newId: () => `id-${++ids}`,
    token: () => null,
  });
  /** Fires the next timer and waits for everything that follows. */
  const fireTimer = async () => {
    timers.shift()?.action();
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  };
  return { ...it, sent, timers, fireTimer };
}

describe('a tracker', () => {
  it('sends events in order with one timer', async () => {
    const visitor = tracked();
    visitor.track('product.view', { productId: 1 });
    visitor.track('basket.add', { productId: 1 });
    expect(visitor.sent).toEqual([]);
    expect(visitor.timers).toHaveLength(1);
    await visitor.fireTimer();
    expect(visitor.sent.map(({ type }) => type)).toEqual(['product.view', 'basket.add']);
    expect(visitor.timers).toEqual([]);
  });

  it('retries with the same id after Retry-After, and gives up', async () => {
    const visitor = tracked([{ retry: true, seconds: 7 }, { retry: true, seconds: undefined }, { retry: true, seconds: undefined }]);
    visitor.track('product.view', { productId: 1 });
    await visitor.fireTimer();
    expect(visitor.timers.map(({ ms }) => ms)).toEqual([7_000]);
    await visitor.fireTimer();
    expect(visitor.timers.map(({ ms }) => ms)).toEqual([4_000]);
    await visitor.fireTimer();
    expect(visitor.sent.map(({ id }) => id)).toEqual(['id-1', 'id-1', 'id-1']);
    expect(visitor.timers).toEqual([]);
    visitor.track('basket.add', {});
    await visitor.fireTimer();
    expect(visitor.sent.at(-1)?.type).toBe('basket.add');
  });

  it('drops the oldest events of a full queue', async () => {
    const visitor = tracked();
    for (let n = 0; n < 100; n++) visitor.track('product.view', { n });
    await visitor.fireTimer();
    expect(visitor.sent).toHaveLength(40);
    expect(visitor.sent.at(-1)?.id).toBe('id-100');
  });

  it('flushes the queue when the page is hidden', async () => {
    const visitor = tracked();
    visitor.track('product.view', {});
    visitor.flushOnLeave();
    expect(visitor.sent).toEqual([{ id: 'id-1', type: 'product.view', leaving: true }]);
    await visitor.fireTimer();
    expect(visitor.sent).toHaveLength(1);
  });
});
