import { Fragment, useEffect, useState } from 'react';
import { Navigate, Outlet, useLocation } from 'react-router';
import { Empty } from '@/components/ui/State';
import { Page } from '@/components/ui/Page';
import type { User } from '@/lib/api/types';
import { holdSession, useSession } from '@/lib/session';

/** Where somebody without a session is sent, and how they come back. */
export function logInAndComeBack(location: { pathname: string; search: string }): string {
  return `/login?${new URLSearchParams({ next: location.pathname + location.search }).toString()}`;
}

/**
 * Who these pages are shown to, or where to go instead. Who was here and logged out goes home; whose
 * session ended stays, what they have typed included, and is asked to log in again by the shell.
 */
function useGuard(): User | React.ReactElement {
  const { who, ended } = useSession();
  const location = useLocation();
  const [cameLoggedIn] = useState(who !== null);
  useEffect(holdSession, []);
  if (who) return who;
  return <Navigate to={cameLoggedIn && !ended ? '/' : logInAndComeBack(location)} replace />;
}

/** The pages of somebody who is logged in. The API asks again; this only saves a fruitless page. */
export function RequireUser() {
  const who = useGuard();
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
  const who = useGuard();
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
      <Empty icon="user" title="You don’t have access to this page">
        <p>You are logged in as {who.name}.</p>
      </Empty>
    </Page>
  );
}
