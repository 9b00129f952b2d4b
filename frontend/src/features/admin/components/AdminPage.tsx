import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { useTitle } from '@/components/ui/Page';
import styles from './AdminPage.module.css';

/** A page of the back office: where it hangs, what it is called, what can be done, what it holds. */
export function AdminPage({ title, parent, lead, actions, children }: {
  title: string;
  parent?: { to: string; label: string };
  lead?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}) {
  useTitle(`${title} · Admin`);
  return (
    <>
      <header className={styles.head}>
        <div className={styles.words}>
          {parent && (
            <Link to={parent.to} className={styles.above}>
              <span aria-hidden="true">←</span> {parent.label}
            </Link>
          )}
          <h1 className={styles.title}>{title}</h1>
          {lead !== undefined && <p className={styles.lead}>{lead}</p>}
        </div>
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </>
  );
}

/** Panels beside each other where there is room: the first is the page's matter, the others go with it. */
export function Columns({ children }: { children: ReactNode }) {
  return <div className={styles.columns}>{children}</div>;
}

/** One below the other. */
export function Stack({ children }: { children: ReactNode }) {
  return <div className={styles.stack}>{children}</div>;
}
