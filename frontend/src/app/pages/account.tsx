import { Link, Navigate, useNavigate, useSearchParams } from 'react-router';
import { Page } from '@/components/ui/Page';
import { Notice } from '@/components/ui/State';
import { AccountCard } from '@/features/account/AccountCard';
import { AddressBook } from '@/features/account/AddressBook';
import { EmailNotice } from '@/features/account/EmailNotice';
import { GuestCard } from '@/features/account/GuestCard';
import { LoginForm } from '@/features/account/LoginForm';
import { SignupForm } from '@/features/account/SignupForm';
import { VerifyEmail } from '@/features/account/VerifyEmail';
import { returnPath } from '@/lib/returnPath';
import { awaitsLogin, hasAccount, useSession, useUser } from '@/lib/session';
import { AccountNeeded } from './AccountNeeded';
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
  if (now.user && hasAccount(now.user) && !awaitsLogin(now)) return <Navigate to={next} replace />;
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
  const user = useUser();
  const { next, query } = useReturnPath();
  if (user && hasAccount(user)) return <Navigate to={next} replace />;
  return (
    <Page title="Create an account" narrow="form">
      <div className={styles.card}>
        <SignupForm guest={user ?? undefined} onSuccess={() => void navigate(next, { replace: true })} logIn={`/login${query}`} />
        <p>
          Already have an account? <Link to={`/login${query}`}>Log in</Link>
        </p>
      </div>
    </Page>
  );
}

export function AccountPage() {
  const user = useUser();
  if (user && !hasAccount(user)) {
    return (
      <Page title="Shopping as a guest" narrow>
        <GuestCard guest={user} />
      </Page>
    );
  }
  return (
    <Page title="Your account" narrow>
      {user && (
        <div className={styles.account}>
          <EmailNotice key={user.id} user={user} />
          <AccountCard user={user} />
        </div>
      )}
    </Page>
  );
}

/** The page of the link that confirms an email address. */
export function VerifyPage() {
  const [params] = useSearchParams();
  const token = params.get('token') ?? '';
  return (
    <Page title="Email address" hideTitle>
      <VerifyEmail key={token} token={token} />
    </Page>
  );
}

export function AddressesPage() {
  const user = useUser();
  if (user && !hasAccount(user)) return <AccountNeeded title="Your addresses" what="Saved addresses are part of an account." />;
  return (
    <Page title="Your addresses" lead={<Link to="/account">Your account</Link>} narrow>
      {user && <AddressBook key={user.id} userId={user.id} />}
    </Page>
  );
}
