import { api, expectSuccess } from '@/lib/api/client';
import { Problem } from '@/lib/api/problem';
import { endSession, session } from '@/lib/session';

/** Ends the session here immediately, and then in the API. */
export async function logOut(): Promise<void> {
  const { token } = session.get();
  if (token === null) return;
  endSession();
  // The API client would send the session's token, but the session has ended.
  await expectSuccess(api.POST('/api/users/logout', { headers: { authorization: `Bearer ${token}` } })).catch((error: unknown) => {
    // A token that is no longer valid needs no logout.
    if (!(error instanceof Problem) || error.status !== 401) throw error;
  });
}
