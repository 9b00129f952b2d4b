import { Button } from '@/components/ui/Button';
import { Dialog } from '@/components/ui/Dialog';
import { LogIn } from '@/features/account/LogIn';
import { letGo, useSession } from '@/lib/session';
import styles from './LogInAgain.module.css';

/** Over a page whose session has ended: the page, and what was typed into it, stays behind this. */
export function LogInAgain() {
  const { who } = useSession();
  return (
    <Dialog open steady title="Log in again" onClose={letGo}>
      <div className={styles.card}>
        <p>Your session has ended. Log in to continue where you left off. Nothing you typed is lost.</p>
        <LogIn email={who?.email} then={() => undefined} />
        <Button look="ghost" wide onClick={letGo}>
          Not now
        </Button>
      </div>
    </Dialog>
  );
}
