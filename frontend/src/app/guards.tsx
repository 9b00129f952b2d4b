import { Navigate, Outlet, useLocation } from 'react-router';
import { Empty } from '@/components/ui/State';
import { Page } from '@/components/ui/Page';
import { useSession } from '@/lib/session';

/** Where somebody without a session is sent, and how they come back. */
export function logInAndComeBack(location: { pathname: string; search: string }): string {
  return `/login?${new URLSearchParams({ next: location.pathname + location.search }).toString()}`;
}

/** The pages of somebody who is logged in. The API asks again; this only saves a fruitless page. */
export function RequireUser() {
  const { who } = useSession();
  const location = useLocation();
  return who ? <Outlet /> : <Navigate to={logInAndComeBack(location)} replace />;
}

/** The back office. The API judges each request by itself; nobody is kept out by this alone. */
export function RequireAdmin() {
  const { who } = useSession();
  const location = useLocation();
  if (!who) return <Navigate to={logInAndComeBack(location)} replace />;
  if (who.role === 'admin') return <Outlet />;
  return (
    <Page title="Back office" hideTitle>
      <Empty icon="user" title="This part is for those who run the shop.">
        <p>You are logged in as {who.name}.</p>
      </Empty>
    </Page>
  );
}
