import { type ReactNode, type RefObject, useEffect, useRef } from 'react';
import { formatWait, toProblem, UNREACHABLE } from '@/lib/api/problem';
import { Button } from './Button';
import { Icon, type IconName } from './Icon';
import styles from './State.module.css';

export function EmptyState({ icon, title, children }: { icon: IconName; title: string; children?: ReactNode }) {
  return (
    <div className={styles.empty}>
      <span className={styles.disc}>
        <Icon name={icon} size={34} />
      </span>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** An error with the API's message and a retry button. */
export function LoadError({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  const problem = toProblem(error);
  return (
    <div className={styles.failed} role="alert">
      <Icon name={problem.code === UNREACHABLE ? 'cloud' : 'alert'} size={28} />
      <div>
        <p className={styles.message}>{problem.message}</p>
        {problem.retryAfter !== undefined && (
          <p className={styles.detail}>Try again in {formatWait(problem.retryAfter)}.</p>
        )}
        {problem.status >= 500 && problem.requestId && (
          <p className={styles.detail}>Reference: {problem.requestId}</p>
        )}
      </div>
      {onRetry && (
        <Button size="s" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/**
 * A message on the page. With `attention` it scrolls into view and takes the focus, because it is the
 * result of a button that may be further down. A new `announceKey` does that again.
 */
export function Notice({ tone = 'note', attention = tone === 'bad', announceKey, children }: {
  tone?: 'note' | 'good' | 'warn' | 'bad';
  attention?: boolean;
  announceKey?: unknown;
  children: ReactNode;
}) {
  const box = useRef<HTMLDivElement>(null);
  useAttention(box, attention, announceKey);
  return (
    <div
      ref={box}
      tabIndex={attention ? -1 : undefined}
      className={`${styles.notice} ${styles[tone]}`}
      role={tone === 'bad' || tone === 'warn' ? 'alert' : undefined}
    >
      {children}
    </div>
  );
}

function useAttention(box: RefObject<HTMLElement | null>, enabled: boolean, announceKey: unknown): void {
  useEffect(() => {
    if (!enabled) return;
    box.current?.focus({ preventScroll: true });
    box.current?.scrollIntoView({ block: 'nearest' });
  }, [box, enabled, announceKey]);
}

/** A placeholder of the size of the content. */
export function Skeleton({ lines = 1, className }: { lines?: number; className?: string | undefined }) {
  return Array.from({ length: lines }, (_, line) => (
    <span key={line} className={`${styles.skeleton} ${className ?? ''}`} aria-hidden="true" />
  ));
}

/** Announces loading to screen readers; sighted users see the skeletons. */
export function Loading({ what, children }: { what: string; children: ReactNode }) {
  return (
    <div aria-busy="true">
      <span className="visually-hidden" role="status">
        Loading {what}…
      </span>
      {children}
    </div>
  );
}
