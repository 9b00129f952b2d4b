import { Button } from '@/components/ui/Button';
import { Dialog } from '@/components/ui/Dialog';
import { LoginForm } from '@/features/account/LoginForm';
import { dismissExpiredSession, useSession } from '@/lib/session';
import styles from './LoginAgainDialog.module.css';

/** Shown over the page when the session has expired. The page, with everything typed into it, stays. */
export function LoginAgainDialog() {
  const { user } = useSession();
  return (
    <Dialog open persistent title="Log in again" onClose={dismissExpiredSession}>
      <div className={styles.card}>
        <p>Your session has ended. Log in to continue where you left off. Nothing you typed is lost.</p>
        <LoginForm email={user?.email} onSuccess={() => undefined} />
        <Button variant="ghost" wide onClick={dismissExpiredSession}>
          Not now
        </Button>
      </div>
    </Dialog>
  );
}
