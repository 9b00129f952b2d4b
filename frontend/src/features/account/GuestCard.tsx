import { Link } from 'react-router';
import { Button, ButtonLink } from '@/components/ui/Button';
import { showToast } from '@/components/ui/Toasts';
import type { User } from '@/lib/api/types';
import styles from './account.module.css';
import { logOut } from './logOut';

/** What a guest sees instead of an account. */
export function GuestCard({ guest }: { guest: User }) {
  const leave = () => {
    logOut().catch(() => showToast('You are no longer a guest on this device, but the shop could not be reached. Your session there will expire within a few hours.', 'bad'));
  };
  return (
    <div className={styles.card}>
      <div>
        <p className={styles.name}>{guest.name}</p>
        <p className={styles.muted}>{guest.email}</p>
      </div>
      <p>You are shopping as a guest. With an account you can save addresses, return items, write reviews and find your orders on any device.</p>
      <p>Use the same email address and confirm it: the orders that you placed as a guest are then in your account.</p>
      <nav aria-label="Guest" className={styles.links}>
        <Link to="/orders">Your orders</Link>
      </nav>
      <div className={styles.links}>
        <ButtonLink to="/signup?next=/account" variant="primary">
          Create an account
        </ButtonLink>
        <ButtonLink to="/login?next=/account">Log in</ButtonLink>
        <Button variant="ghost" onClick={leave}>
          Stop shopping as a guest
        </Button>
      </div>
    </div>
  );
}
