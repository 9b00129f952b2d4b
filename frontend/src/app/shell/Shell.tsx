import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { Outlet, ScrollRestoration, useLocation, useNavigation } from 'react-router';
import { awaitsLogin, useSession } from '@/lib/session';
import { shopQuery } from '@/lib/shop';
import { Banners } from './Banners';
import { Footer } from './Footer';
import { Header } from './Header';
import { LoginAgainDialog } from './LoginAgainDialog';
import styles from './Shell.module.css';
import { useFocusRecovery } from './useFocusRecovery';

/** The frame around every page. */
export function Shell() {
  const main = useRef<HTMLElement>(null);
  useFocusNewPage(main);
  useFocusRecovery();
  useQuery(shopQuery);
  const ended = awaitsLogin(useSession());
  const moving = useNavigation().state !== 'idle';
  return (
    <div className={styles.shell}>
      <a href="#main" className={styles.skip}>
        Skip to content
      </a>
      <div className={styles.progress} data-moving={moving || undefined} aria-hidden="true" />
      <Header />
      <Banners />
      <main id="main" ref={main} tabIndex={-1} className={styles.main}>
        <Outlet />
      </main>
      <Footer />
      <ScrollRestoration />
      {ended && <LoginAgainDialog />}
    </div>
  );
}

/**
 * Focuses the new page after a navigation, as a full page load does: screen readers begin at its top.
 * The search box keeps the focus while the user types.
 */
function useFocusNewPage(main: React.RefObject<HTMLElement | null>): void {
  const { pathname } = useLocation();
  const shown = useRef(pathname);
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    if (document.activeElement?.closest('[role=search]')) return;
    main.current?.focus({ preventScroll: true });
  }, [pathname, main]);
}
