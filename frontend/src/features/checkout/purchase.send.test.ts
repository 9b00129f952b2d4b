import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Problem } from '@/lib/api/problem';
import { formatDateTime } from '@/lib/dates';
import { newOrder, sendPurchase, TOO_MANY_PAYMENTS } from './purchase';

type Sent = { params: { header: Record<string, string> }; body: unknown };
const post = vi.hoisted(() => vi.fn<(path: string, sent: Sent) => Promise<unknown>>());
const get = vi.hoisted(() => vi.fn<(path: string, sent: { params: { path: unknown } }) => Promise<unknown>>());
vi.mock('@/lib/api/client', () => ({ api: { POST: post, GET: get }, unwrap: (response: Promise<unknown>) => response }));

const NOW = Date.parse('2026-01-01T12:00:00.000Z');
beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  post.mockReset();
  get.mockReset();
});
afterEach(() => void vi.useRealTimers());

const rejection = (status: number, code: string, retryAfter?: number) => new Problem(status, { code, message: 'No.', requestId: 'r-1' }, retryAfter);
const payment = { orderId: 12, method: 'tok_visa' };

it('places an order with its idempotency key, and returns its id', async () => {
  post.mockResolvedValueOnce({ id: 7 });
  const body = newOrder([{ productId: 1, quantity: 2 }], 33, 'tok_visa');
  expect(await sendPurchase('key', body)).toEqual({ orderId: 7 });
  expect(post.mock.calls).toEqual([['/api/orders', { params: { header: { 'Idempotency-Key': 'key' } }, body }]]);
});

it('fails when the order is rejected', async () => {
  post.mockRejectedValueOnce(rejection(409, 'insufficient_stock'));
  await expect(sendPurchase('key', newOrder([{ productId: 1, quantity: 2 }], 33, 'tok_visa'))).rejects.toMatchObject({ code: 'insufficient_stock' });
});

describe('the payment of an existing order', () => {
  it('is sent with its idempotency key', async () => {
    post.mockResolvedValueOnce({});
    expect(await sendPurchase('key', payment)).toEqual({ orderId: 12 });
    expect(post.mock.calls).toEqual([['/api/payments', { params: { header: { 'Idempotency-Key': 'key' } }, body: payment }]]);
  });

  it('succeeds when the order is already paid', async () => {
    post.mockRejectedValueOnce(rejection(409, 'already_paid'));
    expect(await sendPurchase('key', payment)).toEqual({ orderId: 12 });
  });

  it('fails when it is declined, and rethrows other errors unchanged', async () => {
    post.mockRejectedValueOnce(rejection(402, 'payment_declined'));
    await expect(sendPurchase('key', payment)).rejects.toMatchObject({ status: 402, code: 'payment_declined' });
    post.mockRejectedValueOnce(new TypeError('a bug'));
    await expect(sendPurchase('key', payment)).rejects.toThrow(TypeError);
    expect(get).not.toHaveBeenCalled();
  });

  it.each(['confirmed', 'partially_shipped', 'shipped', 'delivered'])('succeeds despite the rate limit when the order is %s', async (status) => {
    post.mockRejectedValueOnce(rejection(429, 'rate_limited', 60));
    get.mockResolvedValueOnce({ status });
    expect(await sendPurchase('key', payment)).toEqual({ orderId: 12 });
    expect(get.mock.calls).toEqual([['/api/orders/{id}', { params: { path: { id: 12 } } }]]);
  });

  it.each(['payment_failed', 'cancelled'])('fails because of the rate limit when the order is %s', async (status) => {
    post.mockRejectedValueOnce(rejection(429, 'rate_limited', 90 * 60));
    get.mockResolvedValueOnce({ status });
    await expect(sendPurchase('key', payment)).rejects.toMatchObject({
      status: 409,
      code: TOO_MANY_PAYMENTS,
      message: `You can try again after ${formatDateTime('2026-01-01T13:30:00.000Z')}.`,
      requestId: 'r-1',
      retryAfter: 90 * 60,
    });
  });

  it('may be retried later when the rate limit names no time', async () => {
    post.mockRejectedValueOnce(new Problem(429, { code: 'rate_limited', message: 'No.' }));
    get.mockResolvedValueOnce({ status: 'payment_failed' });
    const error = await sendPurchase('key', payment).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: 'You can try again later.', retryAfter: undefined });
    expect((error as Problem).requestId).toBeUndefined();
  });
});
