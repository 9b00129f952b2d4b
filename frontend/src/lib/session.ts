import type { SignedIn, User } from './api/types';
import { useObservable } from './observable';
import { stored } from './stored';

/**
 * Who is logged in, in all tabs. Where the token is kept, and why there:
 * docs/decisions/0030-where-the-storefront-keeps-its-token.md.
 */
export type Session = { who: User; token: string } | { who: null; token: null; ended?: 'elsewhere' };

const NOBODY: Session = { who: null, token: null };
const KEY = 'shop.session';

export const session = stored<Session>(KEY, parse, NOBODY);

export function begin({ user, token }: SignedIn): void {
  session.set({ who: user, token });
}

/** The customer's own wish. */
export function end(): void {
  session.set(NOBODY);
}

/** The shop no longer takes this token: it ran out, or was given back somewhere else. */
export function endedElsewhere(token: string): void {
  session.update((now) => (now.token === token ? { who: null, token: null, ended: 'elsewhere' } : now));
}

export function useSession(): Session {
  return useObservable(session);
}

export function useUser(): User | null {
  return useSession().who;
}

function parse(found: unknown): Session | undefined {
  if (typeof found !== 'object' || found === null || !('token' in found) || !('who' in found)) return undefined;
  const { token, who } = found;
  if (token === null && who === null) return { who: null, token: null, ended: 'elsewhere' };
  if (typeof token !== 'string' || typeof who !== 'object' || who === null) return undefined;
  const known = 'id' in who && typeof who.id === 'number' && 'name' in who && typeof who.name === 'string';
  return known && 'role' in who ? { who: who as User, token } : undefined;
}
