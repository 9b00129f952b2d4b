import { Fragment, useEffect, useState } from 'react';
import { Navigate, Outlet, useLocation } from 'react-router';
import { Page } from '@/components/ui/Page';
import { EmptyState } from '@/components/ui/State';
import type { User } from '@/lib/api/types';
import { keepUserOnExpiry, useSession } from '@/lib/session';

type Place = { pathname: string; search: string };

/** The login page, with the way back to `location`. */
export function loginPath(location: Place): string {
  return `/login?${wayBack(location)}`;
}

/** The sign-up page, with the way back to `location`. */
export function signupPath(location: Place): string {
  return `/signup?${wayBack(location)}`;
}

function wayBack({ pathname, search }: Place): string {
  return new URLSearchParams({ next: pathname + search }).toString();
}

/**
 * The logged-in user, or where to go instead. A user who logs out goes to the homepage. One whose session
 * expires stays, with everything they have typed, and the shell asks them to log in again.
 */
function useAuthGuard(): { user: User; redirect?: undefined } | { user?: undefined; redirect: React.ReactElement } {
  const { user, ended } = useSession();
  const location = useLocation();
  const [wasLoggedIn] = useState(user !== null);
  useEffect(keepUserOnExpiry, []);
  if (user) return { user };
  return { redirect: <Navigate to={wasLoggedIn && !ended ? '/' : loginPath(location)} replace /> };
}

/** For logged-in users and guests. The API checks each request itself; this only avoids pages that would fail. */
export function UserOnly({ children }: { children: React.ReactNode }) {
  const { user, redirect } = useAuthGuard();
  if (!user) return redirect;
  // A different user gets new pages.
  return <Fragment key={user.id}>{children}</Fragment>;
}

/** Pages for logged-in users and guests. */
export function RequireUser() {
  return (
    <UserOnly>
      <Outlet />
    </UserOnly>
  );
}

/** The admin pages. The API checks each request itself. */
export function RequireAdmin() {
  const { user, redirect } = useAuthGuard();
  if (!user) return redirect;
  if (user.role === 'admin') {
    return (
      <Fragment key={user.id}>
        <Outlet />
      </Fragment>
    );
  }
  return (
    <Page title="Admin" hideTitle>
      <EmptyState icon="user" title="You don’t have access to this page">
        <p>You are logged in as {user.name}.</p>
      </EmptyState>
    </Page>
  );
}
