import { Link, NavLink } from 'react-router';
import { BasketLink } from '@/features/basket/BasketLink';
import { NotificationsLink } from '@/features/notifications/NotificationsLink';
import { hasAccount, useUser } from '@/lib/session';
import { AccountLink } from './AccountLink';
import styles from './Header.module.css';
import { SearchBox } from './SearchBox';
import { ThemeButton } from './ThemeButton';

export function Header() {
  const user = useUser();
  return (
    <header className={styles.header}>
      <div className={styles.inner}>
        <Link to="/" className={styles.brand} aria-label="Lambda shop, home">
          <svg width="34" height="34" viewBox="0 0 32 32" aria-hidden="true">
            <rect width="32" height="32" rx="9" className={styles.tile} />
            <path d="M10 7h3.6l8.6 18h-3.7l-4.3-9.4L10.9 25H7.3l5.6-12.7L11.6 10H10z" className={styles.lambda} />
          </svg>
          <span className={styles.name}>Lambda shop</span>
        </Link>
        <nav aria-label="Shop" className={styles.nav}>
          <NavLink to="/products">Shop</NavLink>
          {user && (
            <NavLink to="/orders" className={styles.wideOnly ?? ''}>
              Orders
            </NavLink>
          )}
          {user?.role === 'admin' && (
            <NavLink to="/admin" className={styles.wideOnly ?? ''}>
              Admin
            </NavLink>
          )}
        </nav>
        <SearchBox />
        <div className={styles.tools}>
          <span className={styles.theme}>
            <ThemeButton />
          </span>
          {user && hasAccount(user) && <NotificationsLink userId={user.id} />}
          <BasketLink />
          <AccountLink />
        </div>
      </div>
    </header>
  );
}
