import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Problem } from '@/lib/api/problem';
import type { Product } from '@/lib/api/types';
import { createProductOnce, saveProduct } from './save';

type Sent = { params: { header?: Record<string, string> } };
type Answer = { data: Product; response: Response };
const { get, post, put } = vi.hoisted(() => ({
  get: vi.fn<() => Promise<Answer>>(),
  post: vi.fn<(path: string, sent: Sent) => Promise<Answer>>(),
  put: vi.fn<(path: string, sent: Sent) => Promise<Answer>>(),
}));
vi.mock('@/lib/api/client', () => ({
  api: { GET: get, POST: post, PUT: put },
  unwrap: (request: Promise<Answer>) => request.then(({ data }) => data),
}));

const at = '2026-01-01T00:00:00.000Z';
const mug: Product = { id: 1, name: 'Mug', price: 5, stock: 5, rating: { average: 0, count: 0 }, createdAt: at, updatedAt: at };
const respond = (data: Product, etag = '"v1"') => Promise.resolve({ data, response: new Response(null, { headers: { etag } }) });
const stale = new Problem(412, { code: 'stale', message: 'This was changed in the meantime.' });
const versions = () => put.mock.calls.map(([, { params }]) => params.header?.['If-Match']);

beforeEach(() => {
  for (const mock of [get, post, put]) mock.mockReset();
});

it('a new product keeps its idempotency key until there is a response', async () => {
  post.mockRejectedValueOnce(new Problem(503, { code: 'unavailable' }));
  post.mockImplementation(() => respond(mug));
  await expect(createProductOnce(mug)).rejects.toMatchObject({ code: 'unavailable' });
  expect(await createProductOnce(mug)).toEqual(mug);
  expect(await createProductOnce(mug)).toEqual(mug);
  const [lost, again, next] = post.mock.calls.map(([, { params }]) => params.header?.['Idempotency-Key']);
  expect(lost).toMatch(/./);
  expect(again).toBe(lost);
  expect(next).not.toBe(lost);
});

describe('a product is saved with the version that was edited', () => {
  it('and with a newer one if only its stock or rating changed', async () => {
    put.mockRejectedValueOnce(stale);
    put.mockImplementation(() => respond(mug, '"v3"'));
    get.mockImplementation(() => respond({ ...mug, stock: 4 }, '"v2"'));
    await saveProduct({ product: mug, etag: '"v1"' }, mug);
    expect(versions()).toEqual(['"v1"', '"v2"']);
  });

  it('but not over another user’s change', async () => {
    put.mockRejectedValue(stale);
    get.mockImplementation(() => respond({ ...mug, updatedAt: '2026-01-02T00:00:00.000Z' }, '"v2"'));
    await expect(saveProduct({ product: mug, etag: '"v1"' }, mug)).rejects.toBe(stale);
    expect(versions()).toEqual(['"v1"']);
  });

  it('and gives up after a few attempts', async () => {
    put.mockRejectedValue(stale);
    get.mockImplementation(() => respond(mug, '"v2"'));
    await expect(saveProduct({ product: mug, etag: '"v1"' }, mug)).rejects.toBe(stale);
    expect(put).toHaveBeenCalledTimes(4);
  });

  it('if there is one, and other errors are passed on', async () => {
    const wrong = new Problem(400, { code: 'invalid' });
    put.mockRejectedValue(wrong);
    await expect(saveProduct({ product: mug, etag: null }, mug)).rejects.toBe(wrong);
    expect(versions()).toEqual([undefined]);
    expect(get).not.toHaveBeenCalled();
  });
});
