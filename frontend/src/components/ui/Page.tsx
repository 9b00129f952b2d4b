import { type ReactNode, useEffect } from 'react';
import styles from './Page.module.css';

const SHOP = 'Lambda shop';

/** A page's frame: its title (in the tab, too), and what it holds. */
export function Page({ title, lead, actions, narrow = false, hideTitle = false, children }: {
  title: string;
  lead?: ReactNode;
  actions?: ReactNode;
  /** For text and lists; `form` is narrower still. */
  narrow?: boolean | 'form';
  hideTitle?: boolean;
  children: ReactNode;
}) {
  useTitle(title);
  return (
    <div className={[styles.page, narrow && styles.narrow, narrow === 'form' && styles.form].filter(Boolean).join(' ')}>
      {hideTitle ? (
        <h1 className="visually-hidden">{title}</h1>
      ) : (
        <div className={styles.head}>
          <div>
            <h1>{title}</h1>
            {lead !== undefined && <p className={styles.lead}>{lead}</p>}
          </div>
          {actions}
        </div>
      )}
      {children}
    </div>
  );
}

/** A page's title for the tab and for who cannot see the page: what is shown speaks for itself. */
export function HiddenTitle({ children }: { children: string }) {
  useTitle(children);
  return <h1 className="visually-hidden">{children}</h1>;
}

/** The tab's title while this is shown. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === SHOP ? SHOP : `${title} · ${SHOP}`;
  }, [title]);
}
