import { afterEach, expect, it, vi } from 'vitest';

const ada = { id: 1, name: 'Ada', email: 'ada@example.org', role: 'customer', createdAt: '2026-01-01T00:00:00.000Z' };
const LOGGED_OUT = { user: null, token: null };

/** A browser tab with this value in its storage; `changeInOtherTab` changes it as another tab would. */
async function tab(stored: unknown) {
  const storage = new Map([['shop.session', JSON.stringify(stored)]]);
  let notify: (event: { key: string | null }) => void = () => undefined;
  vi.resetModules();
  vi.stubGlobal('window', {
    localStorage: {
      getItem: (key: string) => storage.get(key) ?? null,
      setItem: (key: string, text: string) => void storage.set(key, text),
      removeItem: (key: string) => void storage.delete(key),
    },
    addEventListener: (event: string, listener: typeof notify) => {
      if (event === 'storage') notify = listener;
    },
  });
  const { session } = await import('./session');
  const changeInOtherTab = (now: unknown, key: string | null = 'shop.session') => {
    storage.clear();
    if (now !== undefined) storage.set('shop.session', JSON.stringify(now));
    notify({ key });
  };
  return { session, changeInOtherTab };
}

afterEach(() => vi.unstubAllGlobals());

it('survives a reload', async () => {
  expect((await tab({ user: ada, token: 'token-a' })).session.get()).toMatchObject({ user: ada, token: 'token-a' });
  expect((await tab({ user: null, token: null, ended: 'elsewhere' })).session.get()).toMatchObject({ ...LOGGED_OUT, ended: 'elsewhere' });
});

it.each([
  null,
  7,
  'token-a',
  [],
  {},
  { user: ada },
  { token: 'token-a' },
  { user: ada, token: 7 },
  { user: 'Ada', token: 'token-a' },
  { user: null, token: 'token-a' },
  { user: { ...ada, id: '1' }, token: 'token-a' },
  { user: { ...ada, name: 7 }, token: 'token-a' },
  { user: { id: 1, name: 'Ada' }, token: 'token-a' },
  { user: { name: 'Ada', role: 'customer' }, token: 'token-a' },
  { user: { id: 1, role: 'customer' }, token: 'token-a' },
])('is logged out if %j is stored', async (found) => {
  const { session } = await tab(found);
  expect(session.get()).toMatchObject(LOGGED_OUT);
  expect(session.get()).not.toHaveProperty('ended', 'elsewhere');
});

it('follows other tabs', async () => {
  const { session, changeInOtherTab } = await tab(undefined);
  changeInOtherTab({ user: ada, token: 'token-a' }, 'shop.theme');
  expect(session.get()).toMatchObject(LOGGED_OUT);
  changeInOtherTab({ user: ada, token: 'token-a' });
  expect(session.get()).toMatchObject({ user: ada, token: 'token-a' });
  // The whole storage was cleared.
  changeInOtherTab(undefined, null);
  expect(session.get()).toMatchObject(LOGGED_OUT);
});
