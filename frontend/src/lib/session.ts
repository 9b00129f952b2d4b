import type { SignedIn, User } from './api/types';
import { useObservable } from './observable';
import { stored } from './stored';

/**
 * Who is logged in, in all tabs. Where the token is kept, and why there:
 * docs/decisions/0023-the-storefront-keeps-its-token-in-local-storage.md.
 *
 * A session that the shop no longer takes is `ended: 'elsewhere'`, and `was` is whose it was. `who`
 * stays only in a page that holds on to it (`holdSession`), until they log in again there: see
 * docs/decisions/0059-how-a-session-ends-in-the-storefront.md.
 */
export type Session =
  | { who: User; token: string; ended?: undefined }
  | { who: User | null; token: null; ended: 'elsewhere'; was: number | undefined }
  | { who: null; token: null; ended?: undefined };

const NOBODY: Session = { who: null, token: null };
const KEY = 'shop.session';

/** Who was logged in last in this page, and how much of the page needs them. */
let last: User | null = null;
let holders = 0;
const successions = new Set<() => void>();

export const session = stored<Session>(KEY, parse, NOBODY);
last = session.get().who;
session.listen(() => {
  const now = session.get();
  if (!now.ended) last = now.who;
});

export function begin({ user, token }: SignedIn): void {
  const before = session.get();
  const whose = before.ended ? before.was : before.who?.id;
  session.set({ who: user, token });
  if (whose !== undefined && whose !== user.id) succeed();
}

/** The customer's own wish. */
export function end(): void {
  session.set(NOBODY);
  succeed();
}

/** The shop no longer takes this token: it ran out, or was given back somewhere else. */
export function endedElsewhere(token: string): void {
  session.update((now) => (now.token === token ? endedOf(now.who.id) : now));
}

/** They will not log in again here, for now: what they do not need may go on without them. */
export function letGo(): void {
  session.update((now) => (now.ended ? { ...now, who: null } : now));
}

/** Whether somebody's work waits here for them to log in again. */
export function isWaiting(now: Session): now is Session & { who: User; token: null } {
  return now.who !== null && now.token === null;
}

/**
 * Says that a part of this page belongs to who is logged in, and must not go when their session
 * ends: they may have written something. Returns how to let go.
 */
export function holdSession(): () => void {
  holders += 1;
  return () => {
    holders -= 1;
    if (holders === 0) letGo();
  };
}

/**
 * Calls `listener` when one person goes and leaves the browser to the next: in the one tab where it
 * happens, so that a tab that hears of it late takes nothing from who came after.
 */
export function onSuccession(listener: () => void): void {
  successions.add(listener);
}

function succeed(): void {
  for (const listener of successions) listener();
}

export function useSession(): Session {
  return useObservable(session);
}

export function useUser(): User | null {
  return useSession().who;
}

function endedOf(was: number | undefined): Session {
  const kept = holders > 0 && last?.id === was ? last : null;
  return { who: kept, token: null, ended: 'elsewhere', was };
}

function parse(found: unknown): Session | undefined {
  if (typeof found !== 'object' || found === null || !('token' in found) || !('who' in found)) return undefined;
  const { token, who } = found;
  if (token === null) return endedOf('was' in found && typeof found.was === 'number' ? found.was : undefined);
  if (typeof token !== 'string' || typeof who !== 'object' || who === null) return undefined;
  const known = 'id' in who && typeof who.id === 'number' && 'name' in who && typeof who.name === 'string';
  return known && 'role' in who ? { who: who as User, token } : undefined;
}
