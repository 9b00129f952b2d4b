import { type ReactNode, useEffect } from 'react';
import styles from './Page.module.css';

const SHOP = 'Lambda shop';

/** A page with its title, which is also the document's title. */
export function Page({ title, lead, actions, narrow = false, hideTitle = false, children }: {
  title: string;
  lead?: ReactNode;
  actions?: ReactNode;
  /** For text and lists; `form` is even narrower. */
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
        <div className={styles.header}>
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

/** A title for the document and for screen readers only. */
export function HiddenTitle({ children }: { children: string }) {
  useTitle(children);
  return <h1 className="visually-hidden">{children}</h1>;
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === SHOP ? SHOP : `${title} · ${SHOP}`;
  }, [title]);
}
