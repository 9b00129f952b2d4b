import type { SignedIn, User } from './api/types';
import { useObservable } from './observable';
import { persistent } from './persistent';

/**
 * The logged-in user or the guest, in all tabs. Where the token is stored, and why:
 * docs/decisions/0023-the-storefront-keeps-its-token-in-local-storage.md.
 *
 * A session that the API no longer accepts has `ended: 'elsewhere'`. Its `user` stays only on a page
 * that needs it (`keepUserOnExpiry`), until they log in again: see
 * docs/decisions/0059-how-a-session-ends-in-the-storefront.md.
 */
export type Session =
  | { user: User; token: string; ended?: undefined }
  | { user: User | null; token: null; ended: 'elsewhere'; previousUserId: number | undefined }
  | { user: null; token: null; ended?: undefined };

const LOGGED_OUT: Session = { user: null, token: null };
const STORAGE_KEY = 'shop.session';

/** The last user of this page, and how many parts of the page need them after the session has expired. */
let lastUser: User | null = null;
let keepers = 0;
const userChangeListeners = new Set<() => void>();

export const session = persistent<Session>(STORAGE_KEY, parse, LOGGED_OUT);
lastUser = session.get().user;
session.subscribe(() => {
  const now = session.get();
  if (!now.ended) lastUser = now.user;
});

export function startSession({ user, token }: SignedIn): void {
  const before = session.get();
  const previousUserId = before.ended ? before.previousUserId : accountId(before.user);
  session.set({ user, token });
  // A guest continues with what is on the page, as a visitor who logs in does.
  if (previousUserId !== undefined && previousUserId !== user.id && hasAccount(user)) notifyUserChange();
}

/** What the API says about the user now. Ignored if someone else has logged in since. */
export function updateUser(user: User): void {
  session.update((now) => (now.token !== null && now.user.id === user.id ? { ...now, user } : now));
}

/** Logs out. */
export function endSession(): void {
  session.set(LOGGED_OUT);
  notifyUserChange();
}

/** The API no longer accepts this token: it has expired, or was revoked elsewhere. */
export function expireSession(token: string): void {
  session.update((now) => (now.token === token ? expiredSession(accountId(now.user)) : now));
}

/** The user declined to log in again: waiting requests continue without a session. */
export function dismissExpiredSession(): void {
  session.update((now) => (now.ended ? { ...now, user: null } : now));
}

/** Whether the page waits for its user to log in again. */
export function awaitsLogin(now: Session): now is Session & { user: User; token: null } {
  return now.user !== null && now.token === null;
}

/**
 * Keeps the user when the session expires, for a part of the page that must stay: it may contain
 * unsaved input. Returns a function that releases it.
 */
export function keepUserOnExpiry(): () => void {
  keepers += 1;
  return () => {
    keepers -= 1;
    if (keepers === 0) dismissExpiredSession();
  };
}

/**
 * Calls `listener` when the user logs out or a different one logs in. Only in the tab where it happens,
 * so that a tab that is notified late does not clear data of the next user.
 */
export function onUserChange(listener: () => void): void {
  userChangeListeners.add(listener);
}

function notifyUserChange(): void {
  for (const listener of userChangeListeners) listener();
}

export function useSession(): Session {
  return useObservable(session);
}

export function useUser(): User | null {
  return useSession().user;
}

/** Whether a user has an account. A guest has only a session: to buy, and to see their orders. */
export function hasAccount({ role }: Pick<User, 'role'>): boolean {
  return role !== 'guest';
}

/** Undefined for visitors and guests: a guest cannot log in again. */
function accountId(user: User | null): number | undefined {
  return user && hasAccount(user) ? user.id : undefined;
}

function expiredSession(previousUserId: number | undefined): Session {
  const user = keepers > 0 && lastUser?.id === previousUserId ? lastUser : null;
  return { user, token: null, ended: 'elsewhere', previousUserId };
}

function parse(found: unknown): Session | undefined {
  if (typeof found !== 'object' || found === null || !('token' in found) || !('user' in found)) return undefined;
  const { token, user } = found;
  if (token === null) return expiredSession('previousUserId' in found && typeof found.previousUserId === 'number' ? found.previousUserId : undefined);
  if (typeof token !== 'string' || typeof user !== 'object' || user === null) return undefined;
  const valid = 'id' in user && typeof user.id === 'number' && 'name' in user && typeof user.name === 'string';
  return valid && 'role' in user ? { user: user as User, token } : undefined;
}
