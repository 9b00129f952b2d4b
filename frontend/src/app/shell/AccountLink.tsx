import { Link, useLocation } from 'react-router';
import { useUser } from '@/lib/session';
import { initial } from '@/lib/text';
import { loginPath } from '../guards';
import styles from './AccountLink.module.css';

export function AccountLink() {
  const who = useUser();
  const location = useLocation();
  if (who) {
    return (
      <Link to="/account" className={styles.account} aria-label={`Account: ${who.name}`} title={who.name}>
        <span aria-hidden="true">{initial(who.name)}</span>
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
