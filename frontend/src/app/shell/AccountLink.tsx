import { Link, useLocation } from 'react-router';
import { hasAccount, useUser } from '@/lib/session';
import { initial } from '@/lib/text';
import { loginPath } from '../guards';
import styles from './AccountLink.module.css';

export function AccountLink() {
  const user = useUser();
  const location = useLocation();
  if (user) {
    return (
      <Link to="/account" className={styles.account} aria-label={`${hasAccount(user) ? 'Account' : 'Guest'}: ${user.name}`} title={user.name}>
        <span aria-hidden="true">{initial(user.name)}</span>
      </Link>
    );
  }
  const entering = location.pathname === '/login' || location.pathname === '/signup';
  return (
    <Link to={entering ? `/login${location.search}` : loginPath(location)} className={styles.logIn}>
      Log in
    </Link>
  );
}
