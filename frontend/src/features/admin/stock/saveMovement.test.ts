import { expect, it, vi } from 'vitest';
import { Problem } from '@/lib/api/problem';
import type { Stock } from '@/lib/api/types';
import { saveMovement, saveMovementOnce } from './saveMovement';

type Sent = { params: { header: Record<string, string> } };
const put = vi.hoisted(() => vi.fn<(path: string, sent: Sent) => Promise<Stock>>());
vi.mock('@/lib/api/client', () => ({ api: { PUT: put }, unwrap: (request: Promise<Stock>) => request }));

const stock: Stock = { productId: 7, quantity: 15, reserved: 0, available: 15, updatedAt: '2026-01-01T00:00:00.000Z' };

it('a movement keeps its idempotency key until there is a response, and the next one has a new key', async () => {
  put.mockRejectedValueOnce(new Problem(503, { code: 'unavailable', message: 'Try again shortly.', errors: [] }));
  put.mockResolvedValue(stock);
  await expect(saveMovementOnce(7, null, { delta: 5 })).rejects.toMatchObject({ code: 'unavailable' });
  await saveMovementOnce(7, 'a tag', { delta: 5 });
  await saveMovementOnce(7, 'a tag', { delta: 5 });
  const [lost, again, next] = put.mock.calls.map(([, { params }]) => params.header['Idempotency-Key']);
  expect(lost).toBeTruthy();
  expect(again).toBe(lost);
  expect(next).not.toBe(lost);
});

it('only a count sends the version that was seen', async () => {
  put.mockReset();
  put.mockResolvedValue(stock);
  await saveMovementOnce(7, '"seen"', { quantity: 5 });
  await saveMovementOnce(7, '"seen"', { delta: 5 });
  expect(put.mock.calls.map(([, { params }]) => params.header['If-Match'])).toEqual(['"seen"', undefined]);
});

it('a movement is sent for its product, and errors are reported at the form’s field', async () => {
  put.mockReset();
  const errors = [{ field: 'delta', message: 'must be smaller' }];
  put.mockRejectedValueOnce(new Problem(400, { code: 'invalid_input', message: 'No.', errors }, 7));
  await expect(saveMovementOnce(7, null, { delta: 5 })).rejects.toMatchObject({
    status: 400,
    code: 'invalid_input',
    message: 'No.',
    fields: [{ field: 'quantity', message: 'must be smaller' }],
    retryAfter: 7,
  });
  expect(put.mock.calls[0]).toEqual(['/api/inventory/{productId}', expect.objectContaining({ body: { delta: 5 } })]);
  expect(put.mock.calls[0]?.[1].params).toMatchObject({ path: { productId: 7 } });
});

it('each product has its own idempotency key', async () => {
  put.mockReset();
  put.mockRejectedValue(new Problem(503, { code: 'unavailable', message: 'Try again shortly.', errors: [] }));
  for (const product of [8, 9]) await expect(saveMovementOnce(product, null, { delta: 5 })).rejects.toMatchObject({ code: 'unavailable' });
  const [first, second] = put.mock.calls.map(([, { params }]) => params.header['Idempotency-Key']);
  expect(first).not.toBe(second);
});

it('an error that is not a problem is rethrown unchanged', async () => {
  put.mockReset();
  put.mockRejectedValueOnce(new TypeError('a bug'));
  await expect(saveMovement(7)('key', { movement: { delta: 5 } })).rejects.toThrow(TypeError);
});
