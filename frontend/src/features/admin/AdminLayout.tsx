import { Suspense, useEffect, useRef } from 'react';
import { NavLink, Outlet, useLocation } from 'react-router';
import { Glyph, type GlyphName } from './components/Glyph';
import { Loading, Skeleton } from '@/components/ui/State';
import styles from './AdminLayout.module.css';

const PARTS: readonly { to: string; label: string; glyph: GlyphName }[] = [
  { to: '/admin', label: 'Dashboard', glyph: 'chart' },
  { to: '/admin/orders', label: 'Orders', glyph: 'orders' },
  { to: '/admin/products', label: 'Products', glyph: 'tag' },
  { to: '/admin/stock', label: 'Stock', glyph: 'boxes' },
  { to: '/admin/reviews', label: 'Reviews', glyph: 'star' },
  { to: '/admin/messages', label: 'Messages', glyph: 'letter' },
];

/** The parts of the back office beside (or, on a telephone, above) the one that is open. */
export function AdminLayout() {
  return (
    <div className={styles.office}>
      <Parts />
      <div className={styles.page}>
        <Suspense fallback={<LoadingPart />}>
          <Outlet />
        </Suspense>
      </div>
    </div>
  );
}

function Parts() {
  const list = useRef<HTMLUListElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    // On a telephone the list scrolls sideways: the open part is brought into view.
    const open = list.current?.querySelector<HTMLElement>('[aria-current]');
    if (open && list.current) list.current.scrollLeft = open.offsetLeft - list.current.clientWidth / 2 + open.clientWidth / 2;
  }, [pathname]);
  return (
    <nav aria-label="Admin" className={styles.nav}>
      <p className={styles.name} aria-hidden="true">
        Admin
      </p>
      <ul ref={list} role="list" className={styles.parts}>
        {PARTS.map(({ to, label, glyph }) => (
          <li key={to}>
            <NavLink to={to} end={to === '/admin'}>
              <Glyph name={glyph} />
              {label}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function LoadingPart() {
  return (
    <Loading what="the page">
      <div className={styles.waiting}>
        <Skeleton lines={2} />
        <Skeleton className={styles.block} />
      </div>
    </Loading>
  );
}
