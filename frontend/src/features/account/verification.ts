import { queryOptions } from '@tanstack/react-query';
import { api, expectSuccess, unwrap } from '@/lib/api/client';
import { toProblem } from '@/lib/api/problem';
import type { User } from '@/lib/api/types';

/** The account as it is now: its address may have been confirmed on another device. */
export function meQuery(user: User) {
  return queryOptions({
    queryKey: ['mine', user.id, 'me'],
    queryFn: ({ signal }) => unwrap(api.GET('/api/users/me', { signal })),
    initialData: user,
    // As old as the login.
    initialDataUpdatedAt: 0,
  });
}

/** Sends a mail with a new link to the user of the session. */
export function sendVerification(): Promise<void> {
  return expectSuccess(api.POST('/api/users/me/verification'));
}

/** Confirms the address that the link was sent to. Repeating it changes nothing. */
export function verifyQuery(token: string) {
  return queryOptions({
    queryKey: ['verify', token],
    queryFn: ({ signal }) => unwrap(api.POST('/api/users/verify', { body: { token }, signal })),
    enabled: token !== '',
    staleTime: 'static',
    refetchOnWindowFocus: false,
  });
}

/** Whether a link is wrong, too old, or of an address that the account no longer has. */
export function isInvalidLink(error: unknown): boolean {
  const { status } = toProblem(error);
  return [400, 401, 403, 404, 409, 410, 422].includes(status);
}
