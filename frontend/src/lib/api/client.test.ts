import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Page } from './client';
import type { SignedIn } from './types';

const fetchMock = vi.fn<(request: Request) => Promise<Response>>();
vi.stubGlobal('fetch', fetchMock);
// Node, unlike a browser, has no base URL.
const RealRequest = Request;
vi.stubGlobal(
  'Request',
  class extends RealRequest {
    constructor(input: RequestInfo | URL, init?: RequestInit) {
      super(typeof input === 'string' ? new URL(input, 'http://shop') : input, init);
    }
  },
);
const { api, expectSuccess, firstFilledPage, unwrap, unwrapPage } = await import('./client');
const { startSession, endSession, session } = await import('../session');
afterAll(() => vi.unstubAllGlobals());

const ada: SignedIn = {
  token: 'token-a',
  user: { id: 1, name: 'Ada', email: 'ada@example.org', role: 'customer', emailVerified: true, createdAt: '2026-01-01T00:00:00.000Z' },
};
const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  Promise.resolve(new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } }));
const sent = () => fetchMock.mock.calls.map(([request]) => [request.method, new URL(request.url).pathname, request.headers.get('authorization')]);

beforeEach(() => {
  endSession();
  fetchMock.mockReset();
});

describe('a request', () => {
  it('sends the token, and expires a session that the API rejects', async () => {
    startSession(ada);
    fetchMock.mockImplementationOnce(() => json(ada.user));
    expect(await unwrap(api.GET('/api/users/me'))).toEqual(ada.user);
    fetchMock.mockImplementationOnce(() => json({ code: 'unauthenticated', message: 'Log in.' }, 401));
    await expect(unwrap(api.GET('/api/users/me'))).rejects.toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(sent()).toEqual(Array(2).fill(['GET', '/api/users/me', 'Bearer token-a']));
    expect(session.get()).toMatchObject({ user: null, token: null, ended: 'elsewhere' });
  });

  it.each(['/api/users/login', '/api/users/signup', '/api/users/guest', '/api/users/verify'] as const)('to %s has no token, and an error there does not end the session', async (path) => {
    startSession(ada);
    fetchMock.mockImplementationOnce(() => json({ code: 'wrong', message: 'No.' }, 401));
    await expect(unwrap(api.POST(path, { body: { name: 'Ada', email: 'ada@example.org', password: 'x' } }))).rejects.toMatchObject({ status: 401 });
    expect(sent()).toEqual([['POST', path, null]]);
    expect(session.get().token).toBe('token-a');
  });

  it('by the link of an order has no token, and a key that is no longer valid does not end the session', async () => {
    startSession(ada);
    fetchMock.mockImplementationOnce(() => json({ code: 'unauthenticated', message: 'No.' }, 401));
    await expect(unwrap(api.GET('/api/orders/{id}', { params: { path: { id: 7 }, query: { key: 'k' } } }))).rejects.toMatchObject({ status: 401 });
    expect(sent()).toEqual([['GET', '/api/orders/7', null]]);
    expect(session.get().token).toBe('token-a');
  });

  it('of a visitor has no token', async () => {
    fetchMock.mockImplementationOnce(() => json([]));
    await unwrap(api.GET('/api/products'));
    expect(sent()).toEqual([['GET', '/api/products', null]]);
  });
});

describe('a response', () => {
  it('without a body is an error where one is expected', async () => {
    fetchMock.mockImplementation(() => Promise.resolve(new Response(null, { status: 204 })));
    await expect(unwrap(api.GET('/api/users/me'))).rejects.toMatchObject({ code: 'unknown' });
    await expectSuccess(api.POST('/api/users/logout'));
  });

  it('of a page includes the next cursor', async () => {
    fetchMock.mockImplementationOnce(() => json([1], 200, { link: '</api/products?cursor=c2>; rel="next"' }));
    expect(await unwrapPage(api.GET('/api/products'))).toEqual({ items: [1], next: 'c2' });
    fetchMock.mockImplementationOnce(() => json([]));
    expect(await unwrapPage(api.GET('/api/products'))).toEqual({ items: [], next: undefined });
  });

  it('of an empty page that is not the last is followed by the next', async () => {
    const pages: Record<string, Page<number>> = { '': { items: [], next: 'a' }, a: { items: [], next: 'b' }, b: { items: [1], next: 'c' } };
    const load = (cursor: string) => Promise.resolve(pages[cursor] ?? { items: [], next: undefined });
    expect(await firstFilledPage('', load)).toEqual({ items: [1], next: 'c' });
    expect(await firstFilledPage('c', load)).toEqual({ items: [], next: undefined });
    const endless = vi.fn(() => Promise.resolve({ items: [], next: 'on' }));
    expect(await firstFilledPage('', endless)).toEqual({ items: [], next: 'on' });
    expect(endless).toHaveBeenCalledTimes(11);
  });

  it('with an error is thrown as a problem', async () => {
    const refusal = () => json({ code: 'not_found', message: 'No.' }, 404);
    fetchMock.mockImplementation(refusal);
    for (const request of [() => unwrap(api.GET('/api/products')), () => unwrapPage(api.GET('/api/products')), () => expectSuccess(api.GET('/api/products'))]) {
      await expect(request()).rejects.toMatchObject({ status: 404, code: 'not_found' });
    }
  });

  it('that was aborted is not a problem', async () => {
    const aborted = new DOMException('aborted', 'AbortError');
    fetchMock.mockRejectedValueOnce(aborted);
    await expect(unwrap(api.GET('/api/products', { signal: AbortSignal.abort(aborted) }))).rejects.toBe(aborted);
  });
});
