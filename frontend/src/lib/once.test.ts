import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Problem } from './api/problem';
import { slot } from './attempts';
import { once, pursue, type Sender } from './once';
import { begin } from './session';

type Body = { card: string };
const lost = () => new TypeError('fetch failed');
const declined = () => new Problem(402, { code: 'payment_declined' });

beforeEach(() => {
  begin({ token: 't', user: { id: 7, name: 'Ada', email: 'ada@example.org', role: 'customer', createdAt: '2026-01-01T00:00:00.000Z' } });
  slot(7, 'purchase').set(undefined);
});

/** A shop that answers with these, one after the other, and notes what it was sent. */
function shopThat(...answers: (string | Error)[]) {
  const sent: { key: string; body: Body }[] = [];
  const onDone = vi.fn();
  const sender: Sender<Body, string> = {
    userId: 7,
    subject: 'purchase',
    onDone,
    send: (key, body) => {
      sent.push({ key, body });
      // It is stored before it leaves.
      expect(slot(7, 'purchase').get()).toMatchObject({ key, body });
      const answer = answers.shift() ?? 'nothing left';
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  return { sent, sender, onDone };
}

describe('a purchase', () => {
  it('is sent again as it was, whatever is pressed meanwhile', async () => {
    const { sent, sender, onDone } = shopThat(lost(), 'order 1');
    await expect(pursue(sender, { body: { card: 'slow' } })).rejects.toMatchObject({ status: 0 });
    expect(slot(7, 'purchase').get()).toBeDefined();
    expect(await pursue(sender, { body: { card: 'visa' } })).toMatchObject({ answer: 'order 1' });
    expect(sent.map(({ body }) => body.card)).toEqual(['slow', 'slow']);
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1);
    expect(onDone).toHaveBeenCalledOnce();
    expect(slot(7, 'purchase').get()).toBeUndefined();
  });

  it('is another one after a known outcome', async () => {
    const { sent, sender } = shopThat(declined(), 'order 2');
    await expect(pursue(sender, { body: { card: 'empty' } })).rejects.toMatchObject({ status: 402 });
    await pursue(sender, { body: { card: 'visa' } });
    expect(sent.map(({ body }) => body.card)).toEqual(['empty', 'visa']);
    expect(new Set(sent.map(({ key }) => key)).size).toBe(2);
  });

  it('is not begun by asking what became of it', async () => {
    const { sent, sender } = shopThat();
    expect(await pursue(sender, { byHand: true })).toBeUndefined();
    expect(sent).toEqual([]);
  });

  it('that is hours old is not sent by itself, but by hand', async () => {
    const { sent, sender } = shopThat('order 1');
    const hoursAgo = Date.now() - 3 * 3_600_000;
    slot(7, 'purchase').set({ key: 'old', body: { card: 'visa' }, shown: null, startedAt: hoursAgo, pressedAt: hoursAgo, sentAt: hoursAgo });
    expect(await pursue(sender, { byHand: false })).toBeUndefined();
    expect(sent).toEqual([]);
    await pursue(sender, { byHand: true });
    expect(sent).toEqual([{ key: 'old', body: { card: 'visa' } }]);
  });

  it('is not sent for somebody who is no longer logged in', async () => {
    const { sent, sender } = shopThat('order 1');
    expect(await pursue({ ...sender, userId: 8 }, { body: { card: 'visa' } })).toBeUndefined();
    expect(sent).toEqual([]);
  });
});

describe('two presses at once', () => {
  it('are one attempt, with one answer for both', async () => {
    const { sent, sender, onDone } = shopThat('order 1', 'order 1');
    const both = await Promise.all([pursue(sender, { body: { card: 'slow' } }), pursue(sender, { body: { card: 'visa' } })]);
    expect(both.map((one) => one?.answer)).not.toContain('nothing left');
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1);
    expect(new Set(sent.map(({ body }) => body.card))).toEqual(new Set(['slow']));
    expect(onDone).toHaveBeenCalledOnce();
  });
});

describe('who waits for another tab', () => {
  it('hears what was done, without a press', async () => {
    const { sent, sender, onDone } = shopThat('order 1', 'order 1');
    const [first, second] = await Promise.all([pursue(sender, { body: { card: 'slow' } }), pursue(sender, { byHand: false })]);
    expect([first?.answer, second?.answer]).toEqual(['order 1', 'order 1']);
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1);
    expect(onDone).toHaveBeenCalledOnce();
  });

  it('begins nothing where nothing was done', async () => {
    const { sent, sender } = shopThat(declined(), 'order 1');
    const [first, second] = await Promise.allSettled([pursue(sender, { body: { card: 'empty' } }), pursue(sender, { byHand: false })]);
    expect([first.status, second.status]).toEqual(['rejected', 'fulfilled']);
    expect(sent).toHaveLength(1);
  });
});

describe('a form', () => {
  beforeEach(() => slot(7, 'refund 1').set(undefined));

  it('sends the same again, and nothing else while that has no known outcome', async () => {
    const send = vi.fn<(key: string, body: { amount: number }) => Promise<string>>();
    send.mockRejectedValueOnce(lost()).mockResolvedValue('done');
    await expect(once('refund 1', { amount: 5 }, send)).rejects.toMatchObject({ status: 0 });
    await expect(once('refund 1', { amount: 7 }, send)).rejects.toMatchObject({ code: 'unanswered' });
    expect(send).toHaveBeenCalledOnce();
    expect(await once('refund 1', { amount: 5 }, send)).toBe('done');
    expect(await once('refund 1', { amount: 7 }, send)).toBe('done');
    const keys = send.mock.calls.map(([key]) => key);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
  });
});
