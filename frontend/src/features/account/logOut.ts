import { api, expectSuccess } from '@/lib/api/client';
import { Problem } from '@/lib/api/problem';
import { endSession, session } from '@/lib/session';

/** Ends the session here at once, and at the shop as soon as it answers. */
export async function logOut(): Promise<void> {
  const { token } = session.get();
  if (token === null) return;
  endSession();
  // The client sends the token of a session, and there is none any more.
  await expectSuccess(api.POST('/api/users/logout', { headers: { authorization: `Bearer ${token}` } })).catch((error: unknown) => {
    // A token that the shop no longer takes needs no end.
    if (!(error instanceof Problem) || error.status !== 401) throw error;
  });
}
