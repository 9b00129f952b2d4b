import { type ReactNode, type RefObject, useEffect, useRef } from 'react';
import { formatWait, toProblem, UNREACHABLE } from '@/lib/api/problem';
import { Button } from './Button';
import { Icon, type IconName } from './Icon';
import styles from './State.module.css';

/** Nothing here yet: says so, and what to do about it. */
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

/** What went wrong, in the API's words, and a way to try again. */
export function LoadError({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  const problem = toProblem(error);
  return (
    <div className={styles.failed} role="alert">
      <Icon name={problem.code === UNREACHABLE ? 'cloud' : 'alert'} size={28} />
      <div>
        <p className={styles.what}>{problem.message}</p>
        {problem.retryAfter !== undefined && (
          <p className={styles.more}>Try again in {formatWait(problem.retryAfter)}.</p>
        )}
        {problem.status >= 500 && problem.requestId && (
          <p className={styles.more}>Reference: {problem.requestId}</p>
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
 * A word to the reader of the page: `note` is calm, `warn` wants attention, `bad` stops something.
 * With `attention` it comes into view and takes the focus: it answers what somebody has just
 * pressed, perhaps a screen further down. What is new of the same kind is new `about` something.
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

function useAttention(box: RefObject<HTMLElement | null>, wanted: boolean, about: unknown): void {
  useEffect(() => {
    if (!wanted) return;
    box.current?.focus({ preventScroll: true });
    box.current?.scrollIntoView({ block: 'nearest' });
  }, [box, wanted, about]);
}

/** Holds the place of what is being loaded, in its size. */
export function Skeleton({ lines = 1, className }: { lines?: number; className?: string | undefined }) {
  return Array.from({ length: lines }, (_, line) => (
    <span key={line} className={`${styles.skeleton} ${className ?? ''}`} aria-hidden="true" />
  ));
}

/** Says to a screen reader that something is loading; the skeletons say it to everybody else. */
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
