import { expect, it, vi } from 'vitest';
import { Problem } from '@/lib/api/problem';
import { sendMessageOnce } from './sendMessage';

type Sent = { params: { header: Record<string, string> }; body: unknown };
const post = vi.hoisted(() => vi.fn<(path: string, sent: Sent) => Promise<object>>());
vi.mock('@/lib/api/client', () => ({ api: { POST: post }, unwrap: (request: Promise<object>) => request }));

const message = { userId: 7, type: 'note', subject: 'Hello', message: 'Good news.' };

it('a message keeps its idempotency key until there is a response', async () => {
  post.mockRejectedValueOnce(new Problem(503, { code: 'unavailable' }));
  post.mockResolvedValue({});
  await expect(sendMessageOnce(message)).rejects.toMatchObject({ code: 'unavailable' });
  await sendMessageOnce(message);
  await sendMessageOnce(message);
  const [lost, again, next] = post.mock.calls.map(([, { params }]) => params.header['Idempotency-Key']);
  expect(lost).toMatch(/./);
  expect(again).toBe(lost);
  expect(next).not.toBe(lost);
  expect(post.mock.calls.map(([path, { body }]) => [path, body])).toEqual(Array(3).fill(['/api/notifications', message]));
});
