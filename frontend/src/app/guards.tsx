import { Fragment, useEffect, useState } from 'react';
import { Navigate, Outlet, useLocation } from 'react-router';
import { Page } from '@/components/ui/Page';
import { EmptyState } from '@/components/ui/State';
import type { User } from '@/lib/api/types';
import { keepUserOnExpiry, useSession } from '@/lib/session';

/** Where somebody without a session is sent, and how they come back. */
export function loginPath(location: { pathname: string; search: string }): string {
  return `/login?${new URLSearchParams({ next: location.pathname + location.search }).toString()}`;
}

/**
 * Who these pages are shown to, or where to go instead. Who was here and logged out goes home; whose
 * session ended stays, what they have typed included, and is asked to log in again by the shell.
 */
function useAuthGuard(): User | React.ReactElement {
  const { who, ended } = useSession();
  const location = useLocation();
  const [wasLoggedIn] = useState(who !== null);
  useEffect(keepUserOnExpiry, []);
  if (who) return who;
  return <Navigate to={wasLoggedIn && !ended ? '/' : loginPath(location)} replace />;
}

/** The pages of somebody who is logged in. The API asks again; this only saves a fruitless page. */
export function RequireUser() {
  const who = useAuthGuard();
  if (!('email' in who)) return who;
  return (
    // Another person gets pages of their own.
    <Fragment key={who.id}>
      <Outlet />
    </Fragment>
  );
}

/** The back office. The API judges each request by itself; nobody is kept out by this alone. */
export function RequireAdmin() {
  const who = useAuthGuard();
  if (!('email' in who)) return who;
  if (who.role === 'admin') {
    return (
      <Fragment key={who.id}>
        <Outlet />
      </Fragment>
    );
  }
  return (
    <Page title="Admin" hideTitle>
      <EmptyState icon="user" title="You don’t have access to this page">
        <p>You are logged in as {who.name}.</p>
      </EmptyState>
    </Page>
  );
}
