import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Problem } from '@/lib/api/problem';
import { atMinute } from '@/lib/time';
import { placing, send, TRIED_TOO_OFTEN } from './buy';

type Sent = { params: { header: Record<string, string> }; body: unknown };
const post = vi.hoisted(() => vi.fn<(path: string, sent: Sent) => Promise<unknown>>());
const get = vi.hoisted(() => vi.fn<(path: string, sent: { params: { path: unknown } }) => Promise<unknown>>());
vi.mock('@/lib/api/client', () => ({ api: { POST: post, GET: get }, ok: (asked: Promise<unknown>) => asked }));

const NOW = Date.parse('2026-01-01T12:00:00.000Z');
beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  post.mockReset();
  get.mockReset();
});
afterEach(() => void vi.useRealTimers());

const refused = (status: number, code: string, retryAfter?: number) => new Problem(status, { code, message: 'No.', requestId: 'r-1' }, retryAfter);
const payment = { orderId: 12, method: 'tok_visa' };

it('an order is placed under its key, and its number is the answer', async () => {
  post.mockResolvedValueOnce({ id: 7 });
  const body = placing([{ productId: 1, quantity: 2 }], 33, 'tok_visa');
  expect(await send('key', body)).toEqual({ orderId: 7 });
  expect(post.mock.calls).toEqual([['/api/orders', { params: { header: { 'Idempotency-Key': 'key' } }, body }]]);
});

it('a refused order is refused', async () => {
  post.mockRejectedValueOnce(refused(409, 'insufficient_stock'));
  await expect(send('key', placing([{ productId: 1, quantity: 2 }], 33, 'tok_visa'))).rejects.toMatchObject({ code: 'insufficient_stock' });
});

describe('a payment of an order', () => {
  it('is made under its key', async () => {
    post.mockResolvedValueOnce({});
    expect(await send('key', payment)).toEqual({ orderId: 12 });
    expect(post.mock.calls).toEqual([['/api/payments', { params: { header: { 'Idempotency-Key': 'key' } }, body: payment }]]);
  });

  it('that is paid already is what was wanted', async () => {
    post.mockRejectedValueOnce(refused(409, 'already_paid'));
    expect(await send('key', payment)).toEqual({ orderId: 12 });
  });

  it('that is declined is declined, and what is no refusal stays as it is', async () => {
    post.mockRejectedValueOnce(refused(402, 'payment_declined'));
    await expect(send('key', payment)).rejects.toMatchObject({ status: 402, code: 'payment_declined' });
    post.mockRejectedValueOnce(new TypeError('a bug'));
    await expect(send('key', payment)).rejects.toThrow(TypeError);
    expect(get).not.toHaveBeenCalled();
  });

  it.each(['confirmed', 'shipped', 'delivered'])('that was tried too often is made where the order is %s', async (status) => {
    post.mockRejectedValueOnce(refused(429, 'rate_limited', 60));
    get.mockResolvedValueOnce({ status });
    expect(await send('key', payment)).toEqual({ orderId: 12 });
    expect(get.mock.calls).toEqual([['/api/orders/{id}', { params: { path: { id: 12 } } }]]);
  });

  it.each(['payment_failed', 'cancelled'])('that was tried too often was not tried where the order is %s', async (status) => {
    post.mockRejectedValueOnce(refused(429, 'rate_limited', 90 * 60));
    get.mockResolvedValueOnce({ status });
    await expect(send('key', payment)).rejects.toMatchObject({
      status: 409,
      code: TRIED_TOO_OFTEN,
      message: `You can try again at ${atMinute('2026-01-01T13:30:00.000Z')}.`,
      requestId: 'r-1',
      retryAfter: 90 * 60,
    });
  });

  it('that was tried too often may be tried later, where no time is said', async () => {
    post.mockRejectedValueOnce(new Problem(429, { code: 'rate_limited', message: 'No.' }));
    get.mockResolvedValueOnce({ status: 'payment_failed' });
    const error = await send('key', payment).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: 'You can try again later.', retryAfter: undefined });
    expect((error as Problem).requestId).toBeUndefined();
  });
});
