import { describe, expect, it } from 'vitest';
import { tracker } from './track';

type Verdict = { again: false } | { again: true; seconds: number | undefined };

/** A tracker whose clock and shop are ours. */
function tracked(verdicts: Verdict[] = []) {
  const sent: { id: string | undefined; type: string; leaving: boolean }[] = [];
  const timers: { ms: number; action: () => void }[] = [];
  let ids = 0;
  const it = tracker({
    send: ({ event }, leaving) => {
      sent.push({ id: event.eventId ?? undefined, type: event.eventType, leaving });
      return Promise.resolve(verdicts.shift() ?? { again: false });
    },
    after: (ms, action) => void timers.push({ ms, action }),
    newId: () => `id-${++ids}`,
    token: () => null,
  });
  /** Lets the next timer ring and everything that follows happen. */
  const ring = async () => {
    timers.shift()?.action();
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  };
  return { ...it, sent, timers, ring };
}

describe('a tracker', () => {
  it('sends later, one after the other, by one timer', async () => {
    const visitor = tracked();
    visitor.track('product.view', { productId: 1 });
    visitor.track('basket.add', { productId: 1 });
    expect(visitor.sent).toEqual([]);
    expect(visitor.timers).toHaveLength(1);
    await visitor.ring();
    expect(visitor.sent.map(({ type }) => type)).toEqual(['product.view', 'basket.add']);
    expect(visitor.timers).toEqual([]);
  });

  it('tries again under the same id, as late as it is told, and gives up', async () => {
    const visitor = tracked([{ again: true, seconds: 7 }, { again: true, seconds: undefined }, { again: true, seconds: undefined }]);
    visitor.track('product.view', { productId: 1 });
    await visitor.ring();
    expect(visitor.timers.map(({ ms }) => ms)).toEqual([7_000]);
    await visitor.ring();
    expect(visitor.timers.map(({ ms }) => ms)).toEqual([4_000]);
    await visitor.ring();
    expect(visitor.sent.map(({ id }) => id)).toEqual(['id-1', 'id-1', 'id-1']);
    expect(visitor.timers).toEqual([]);
    visitor.track('basket.add', {});
    await visitor.ring();
    expect(visitor.sent.at(-1)?.type).toBe('basket.add');
  });

  it('forgets the oldest of too many', async () => {
    const visitor = tracked();
    for (let n = 0; n < 100; n++) visitor.track('product.view', { n });
    await visitor.ring();
    expect(visitor.sent).toHaveLength(40);
    expect(visitor.sent.at(-1)?.id).toBe('id-100');
  });

  it('hands over what is left when the page goes', async () => {
    const visitor = tracked();
    visitor.track('product.view', {});
    visitor.leave();
    expect(visitor.sent).toEqual([{ id: 'id-1', type: 'product.view', leaving: true }]);
    await visitor.ring();
    expect(visitor.sent).toHaveLength(1);
  });
});
