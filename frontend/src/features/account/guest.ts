import type { paths } from '@/lib/api/schema.gen';
import type { SignedIn } from '@/lib/api/types';
import { parseFields, requireLength } from '@/lib/validate';
import { parseEmail } from './credentials';

export type GuestSession = paths['/api/users/guest']['post']['responses'][201]['content']['application/json'];

/** Checks what the storefront can check; the API checks the rest. */
export function parseGuest(field: (name: string) => string): { email: string; name: string } {
  return parseFields({
    email: () => parseEmail(field('email')),
    name: () => requireLength(field('name').normalize('NFC').trim(), 'name', 2, 100),
  });
}

/** A guest as the user of a session. */
export function guestSession({ guest, token }: GuestSession, now: Date): SignedIn {
  const { id, name, email } = guest;
  return { token, user: { id, name, email, role: 'guest', emailVerified: false, createdAt: now.toISOString() } };
}
