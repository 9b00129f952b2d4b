import { afterAll, beforeEach, expect, it, vi } from 'vitest';
import { endSession, startSession } from './session';

const page = { visibilityState: 'visible', leaving: () => undefined as unknown };
vi.stubGlobal('document', {
  get visibilityState() {
    return page.visibilityState;
  },
  addEventListener: (event: string, listener: () => void) => {
    if (event === 'visibilitychange') page.leaving = listener;
  },
});
const fetchMock = vi.fn<(path: string, init: RequestInit) => Promise<Response>>();
vi.stubGlobal('fetch', fetchMock);
vi.useFakeTimers();
const { flushEventsOnPageHide, track } = await import('./track');
flushEventsOnPageHide();

const response = (status: number, headers: Record<string, string> = {}) => new Response(null, { status, headers });
const sent = () =>
  fetchMock.mock.calls.map(([path, { method, headers, body, keepalive }]) => ({
    path,
    method,
    headers,
    keepalive,
    ...(JSON.parse(body as string) as { eventId: string; eventType: string }),
  }));
const NOT_YET_MS = 1_999;

beforeEach(() => {
  endSession();
  fetchMock.mockReset();
  fetchMock.mockImplementation(() => Promise.resolve(response(202)));
});
afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('sends an event after two seconds, with the session at the time of the event', async () => {
  const user = { id: 1, name: 'Ada', email: 'ada@example.org', role: 'customer', emailVerified: true, createdAt: '' } as const;
  startSession({ token: 'token-a', user });
  track('product.view', { productId: 1 });
  endSession();
  track('basket.add', { productId: 1 });
  await vi.advanceTimersByTimeAsync(NOT_YET_MS);
  expect(sent()).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  const path = '/api/analytics/event';
  expect(sent()).toMatchObject([
    { path, method: 'POST', keepalive: false, eventType: 'product.view', headers: { 'content-type': 'application/json', authorization: 'Bearer token-a' } },
    { path, method: 'POST', keepalive: false, eventType: 'basket.add', headers: { 'content-type': 'application/json' } },
  ]);
  expect(sent()[1]?.headers).not.toHaveProperty('authorization');
  expect(new Set(sent().map(({ eventId }) => eventId)).size).toBe(2);
});

it.each([
  ['429', () => Promise.resolve(response(429, { 'retry-after': '5' })), 5_000],
  ['500', () => Promise.resolve(response(500)), 2_000],
  ['503', () => Promise.resolve(response(503, { 'retry-after': '3' })), 3_000],
  ['a lost response', () => Promise.reject(new TypeError('fetch failed')), 2_000],
])('%s is retried with the same id', async (_, first, pause) => {
  fetchMock.mockImplementationOnce(first);
  track('product.view', {});
  await vi.advanceTimersByTimeAsync(2_000 + pause - 1);
  expect(sent()).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  const [one, two] = sent();
  expect(two?.eventId).toBe(one?.eventId);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sent()).toHaveLength(2);
});

it.each([202, 400, 401, 499])('%i is not retried', async (status) => {
  fetchMock.mockImplementation(() => Promise.resolve(response(status)));
  track('product.view', {});
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sent()).toHaveLength(1);
});

it('flushes the queue when the page is hidden, not when it is shown again', async () => {
  track('product.view', {});
  page.visibilityState = 'visible';
  page.leaving();
  expect(sent()).toEqual([]);
  page.visibilityState = 'hidden';
  page.leaving();
  expect(sent()).toMatchObject([{ keepalive: true, eventType: 'product.view' }]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sent()).toHaveLength(1);
});
