import { Link, Navigate, useNavigate, useSearchParams } from 'react-router';
import { Page } from '@/components/ui/Page';
import { Notice } from '@/components/ui/State';
import { AccountCard } from '@/features/account/AccountCard';
import { AddressBook } from '@/features/account/AddressBook';
import { LoginForm } from '@/features/account/LoginForm';
import { SignupForm } from '@/features/account/SignupForm';
import { returnPath } from '@/lib/returnPath';
import { awaitsLogin, useSession } from '@/lib/session';
import styles from './account.module.css';

/** The page to return to after the login. */
function useReturnPath(): { next: string; query: string } {
  const [params] = useSearchParams();
  const next = returnPath(params.get('next'), window.location.origin);
  return { next, query: next === '/' ? '' : `?${new URLSearchParams({ next }).toString()}` };
}

export function LoginPage() {
  const navigate = useNavigate();
  const now = useSession();
  const { next, query } = useReturnPath();
  if (now.user && !awaitsLogin(now)) return <Navigate to={next} replace />;
  return (
    <Page title="Welcome back" narrow="form">
      <div className={styles.card}>
        {now.ended && <Notice>Your session has ended. Please log in again. Your basket is still here.</Notice>}
        <LoginForm onSuccess={() => void navigate(next, { replace: true })} />
        <p>
          New here? <Link to={`/signup${query}`}>Create an account</Link>
        </p>
      </div>
    </Page>
  );
}

export function SignupPage() {
  const navigate = useNavigate();
  const { user } = useSession();
  const { next, query } = useReturnPath();
  if (user) return <Navigate to={next} replace />;
  return (
    <Page title="Create an account" narrow="form">
      <div className={styles.card}>
        <SignupForm onSuccess={() => void navigate(next, { replace: true })} logIn={`/login${query}`} />
        <p>
          Already have an account? <Link to={`/login${query}`}>Log in</Link>
        </p>
      </div>
    </Page>
  );
}

export function AccountPage() {
  const { user } = useSession();
  return (
    <Page title="Your account" narrow>
      {user && <AccountCard user={user} />}
    </Page>
  );
}

export function AddressesPage() {
  const { user } = useSession();
  return (
    <Page title="Your addresses" lead={<Link to="/account">Your account</Link>} narrow>
      {user && <AddressBook key={user.id} userId={user.id} />}
    </Page>
  );
}
