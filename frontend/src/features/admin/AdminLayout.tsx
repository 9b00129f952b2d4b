import { useEffect, useRef } from 'react';
import { NavLink, Outlet, useLocation } from 'react-router';
import styles from './AdminLayout.module.css';
import { AdminIcon, type AdminIconName } from './components/AdminIcon';

const SECTIONS: readonly { to: string; label: string; icon: AdminIconName }[] = [
  { to: '/admin', label: 'Dashboard', icon: 'chart' },
  { to: '/admin/orders', label: 'Orders', icon: 'orders' },
  { to: '/admin/returns', label: 'Returns', icon: 'returns' },
  { to: '/admin/products', label: 'Products', icon: 'tag' },
  { to: '/admin/stock', label: 'Stock', icon: 'boxes' },
  { to: '/admin/reviews', label: 'Reviews', icon: 'star' },
  { to: '/admin/messages', label: 'Messages', icon: 'letter' },
  { to: '/admin/settings', label: 'Settings', icon: 'sliders' },
];

/** The admin sections with their navigation: at the side, or above on phones. */
export function AdminLayout() {
  return (
    <div className={styles.layout}>
      <SectionNav />
      <div className={styles.page}>
        <Outlet />
      </div>
    </div>
  );
}

function SectionNav() {
  const list = useRef<HTMLUListElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    // On phones the list scrolls horizontally: scroll the current section into view.
    const open = list.current?.querySelector<HTMLElement>('[aria-current]');
    if (open && list.current) list.current.scrollLeft = open.offsetLeft - list.current.clientWidth / 2 + open.clientWidth / 2;
  }, [pathname]);
  return (
    <nav aria-label="Admin" className={styles.nav}>
      <p className={styles.name} aria-hidden="true">
        Admin
      </p>
      <ul ref={list} role="list" className={styles.sections}>
        {SECTIONS.map(({ to, label, icon }) => (
          <li key={to}>
            <NavLink to={to} end={to === '/admin'}>
              <AdminIcon name={icon} />
              {label}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
