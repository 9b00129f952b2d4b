import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { useTitle } from '@/components/ui/Page';
import styles from './AdminPage.module.css';

/** An admin page with a link to its parent, a title, a lead and actions. */
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
      <header className={styles.header}>
        <div className={styles.text}>
          {parent && (
            <Link to={parent.to} className={styles.parentLink}>
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

/** Main content and a side column, where there is room. */
export function Columns({ children }: { children: ReactNode }) {
  return <div className={styles.columns}>{children}</div>;
}

export function Stack({ children }: { children: ReactNode }) {
  return <div className={styles.stack}>{children}</div>;
}
