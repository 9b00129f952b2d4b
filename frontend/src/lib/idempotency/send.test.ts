import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Problem } from '../api/problem';
import { startSession } from '../session';
import { openAttempt } from './attempt';
import { type AttemptSender, sendAttempt, sendOnce } from './send';

type Body = { card: string };
const noResponse = () => new TypeError('fetch failed');
const declined = () => new Problem(402, { code: 'payment_declined' });

beforeEach(() => {
  startSession({ token: 't', user: { id: 7, name: 'Ada', email: 'ada@example.org', role: 'customer', emailVerified: true, createdAt: '2026-01-01T00:00:00.000Z' } });
  openAttempt(7, 'purchase').set(undefined);
});

/** An API that responds with `answers` in order, and records what it was sent. */
function fakeApi(...answers: (string | Error)[]) {
  const sent: { key: string; body: Body }[] = [];
  const onDone = vi.fn();
  const sender: AttemptSender<Body, string> = {
    userId: 7,
    subject: 'purchase',
    onDone,
    send: (key, body) => {
      sent.push({ key, body });
      // It is stored before it is sent.
      expect(openAttempt(7, 'purchase').get()).toMatchObject({ key, body });
      const answer = answers.shift() ?? 'nothing left';
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  return { sent, sender, onDone };
}

describe('a purchase', () => {
  it('is sent again unchanged, whatever is submitted in the meantime', async () => {
    const { sent, sender, onDone } = fakeApi(noResponse(), 'order 1');
    await expect(sendAttempt(sender, { body: { card: 'slow' } })).rejects.toMatchObject({ status: 0 });
    expect(openAttempt(7, 'purchase').get()).toBeDefined();
    expect(await sendAttempt(sender, { body: { card: 'visa' } })).toMatchObject({ result: 'order 1' });
    expect(sent.map(({ body }) => body.card)).toEqual(['slow', 'slow']);
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1);
    expect(onDone).toHaveBeenCalledOnce();
    expect(openAttempt(7, 'purchase').get()).toBeUndefined();
  });

  it('is a new one after a known outcome', async () => {
    const { sent, sender } = fakeApi(declined(), 'order 2');
    await expect(sendAttempt(sender, { body: { card: 'empty' } })).rejects.toMatchObject({ status: 402 });
    await sendAttempt(sender, { body: { card: 'visa' } });
    expect(sent.map(({ body }) => body.card)).toEqual(['empty', 'visa']);
    expect(new Set(sent.map(({ key }) => key)).size).toBe(2);
  });

  it('is not begun by a retry', async () => {
    const { sent, sender } = fakeApi();
    expect(await sendAttempt(sender, { byUser: true })).toBeUndefined();
    expect(sent).toEqual([]);
  });

  it('that is hours old is retried only by the user', async () => {
    const { sent, sender } = fakeApi('order 1');
    const hoursAgo = Date.now() - 3 * 3_600_000;
    openAttempt(7, 'purchase').set({ key: 'old', body: { card: 'visa' }, shown: null, startedAt: hoursAgo, pressedAt: hoursAgo, sentAt: hoursAgo });
    expect(await sendAttempt(sender, { byUser: false })).toBeUndefined();
    expect(sent).toEqual([]);
    await sendAttempt(sender, { byUser: true });
    expect(sent).toEqual([{ key: 'old', body: { card: 'visa' } }]);
  });

  it('is not sent for a user who is no longer logged in', async () => {
    const { sent, sender } = fakeApi('order 1');
    expect(await sendAttempt({ ...sender, userId: 8 }, { body: { card: 'visa' } })).toBeUndefined();
    expect(sent).toEqual([]);
  });
});

describe('two submits at once', () => {
  it('are one attempt with the same result', async () => {
    const { sent, sender, onDone } = fakeApi('order 1', 'order 1');
    const both = await Promise.all([sendAttempt(sender, { body: { card: 'slow' } }), sendAttempt(sender, { body: { card: 'visa' } })]);
    expect(both.map((one) => one?.result)).not.toContain('nothing left');
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1);
    expect(new Set(sent.map(({ body }) => body.card))).toEqual(new Set(['slow']));
    expect(onDone).toHaveBeenCalledOnce();
  });
});

describe('a tab that waits for another one', () => {
  it('gets its result without a submit', async () => {
    const { sent, sender, onDone } = fakeApi('order 1', 'order 1');
    const [first, second] = await Promise.all([sendAttempt(sender, { body: { card: 'slow' } }), sendAttempt(sender, { byUser: false })]);
    expect([first?.result, second?.result]).toEqual(['order 1', 'order 1']);
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1);
    expect(onDone).toHaveBeenCalledOnce();
  });

  it('begins nothing if the other attempt failed', async () => {
    const { sent, sender } = fakeApi(declined(), 'order 1');
    const [first, second] = await Promise.allSettled([sendAttempt(sender, { body: { card: 'empty' } }), sendAttempt(sender, { byUser: false })]);
    expect([first.status, second.status]).toEqual(['rejected', 'fulfilled']);
    expect(sent).toHaveLength(1);
  });
});

describe('a form', () => {
  beforeEach(() => openAttempt(7, 'refund 1').set(undefined));

  it('sends the same body again, and no other one while the outcome is unknown', async () => {
    const send = vi.fn<(key: string, body: { amount: number }) => Promise<string>>();
    send.mockRejectedValueOnce(noResponse()).mockResolvedValue('done');
    await expect(sendOnce('refund 1', { amount: 5 }, send)).rejects.toMatchObject({ status: 0 });
    await expect(sendOnce('refund 1', { amount: 7 }, send)).rejects.toMatchObject({ code: 'outcome_unknown' });
    expect(send).toHaveBeenCalledOnce();
    expect(await sendOnce('refund 1', { amount: 5 }, send)).toBe('done');
    expect(await sendOnce('refund 1', { amount: 7 }, send)).toBe('done');
    const keys = send.mock.calls.map(([key]) => key);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
  });
});
