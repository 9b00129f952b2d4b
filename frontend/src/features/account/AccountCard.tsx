import { Link } from 'react-router';
import { Button } from '@/components/ui/Button';
import { showToast } from '@/components/ui/Toasts';
import type { User } from '@/lib/api/types';
import { formatDate } from '@/lib/dates';
import { initial } from '@/lib/text';
import { THEMES, useTheme } from '@/lib/theme';
import styles from './account.module.css';
import { logOut } from './logOut';

const THEME_NAMES = { system: 'System', light: 'Light', dark: 'Dark' } as const;

export function AccountCard({ user }: { user: User }) {
  // The page's guard redirects to the homepage, in every tab.
  const leave = () => {
    logOut().catch(() => showToast('You are logged out on this device, but the shop could not be reached. Your session there will expire within a few hours.', 'bad'));
  };
  return (
    <div className={styles.card}>
      <div className={styles.user}>
        <span className={styles.monogram} aria-hidden="true">
          {initial(user.name)}
        </span>
        <div>
          <p className={styles.name}>{user.name}</p>
          <p className={styles.muted}>{user.email}</p>
          <p className={styles.muted}>Customer since {formatDate(user.createdAt)}</p>
        </div>
      </div>
      <nav aria-label="Your account" className={styles.links}>
        <Link to="/orders">Your orders</Link>
        <Link to="/account/addresses">Addresses</Link>
        <Link to="/notifications">Notifications</Link>
        {user.role === 'admin' && <Link to="/admin">Admin</Link>}
      </nav>
      <ThemeChoice />
      <Button onClick={leave}>Log out</Button>
    </div>
  );
}

function ThemeChoice() {
  const [theme, choose] = useTheme();
  return (
    <fieldset className={styles.themes}>
      <legend>Theme</legend>
      {THEMES.map((one) => (
        <label key={one}>
          <input type="radio" name="theme" value={one} checked={one === theme} onChange={() => choose(one)} />
          {THEME_NAMES[one]}
        </label>
      ))}
    </fieldset>
  );
}
