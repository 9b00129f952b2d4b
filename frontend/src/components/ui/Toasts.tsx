import { useEffect, useRef, useState } from 'react';
import { observable, useObservable } from '@/lib/observable';
import { IconButton } from './Button';
import { Icon } from './Icon';
import styles from './Toasts.module.css';

/** Long enough to read it twice. F6 focuses the list and stops the timer. */
const SHOWN_MS = 6_000;
/** Older ones are dropped. */
const MAX_SHOWN = 3;

type Kind = 'good' | 'bad' | 'plain';
type Action = { label: string; onClick: () => void };
type Toast = { id: number; title: string; kind: Kind; action: Action | undefined };

const toasts = observable<readonly Toast[]>([]);
let lastId = 0;

/** For minor messages: important ones must also be shown on the page. */
export function showToast(title: string, kind: Kind = 'plain', action?: Action): void {
  lastId += 1;
  const toast = { id: lastId, title, kind, action };
  toasts.update((all) => [...all, toast].slice(-MAX_SHOWN));
}

function dismiss(id: number): void {
  toasts.update((all) => all.filter((one) => one.id !== id));
}

/** Always on the page, because screen readers announce only what is added to an existing region. */
export function Toasts() {
  const all = useObservable(toasts);
  const region = useRef<HTMLElement>(null);
  /** Whether the user reads them: with the pointer, or with the focus. */
  const [isOver, setIsOver] = useState(false);
  const [hasFocus, setHasFocus] = useState(false);
  /** What had the focus before. */
  const before = useRef<EventTarget | null>(null);
  useEffect(() => {
    const focusRegion = (event: KeyboardEvent) => {
      if (event.key !== 'F6' || toasts.get().length === 0 || region.current?.contains(document.activeElement)) return;
      event.preventDefault();
      region.current?.focus();
    };
    document.addEventListener('keydown', focusRegion);
    return () => document.removeEventListener('keydown', focusRegion);
  }, []);
  const close = (id: number) => {
    dismiss(id);
    if (!hasFocus) return;
    // The focused button is about to be removed.
    if (toasts.get().length > 0) region.current?.focus();
    else if (before.current instanceof HTMLElement) before.current.focus();
  };
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- nothing to do here but to read: reading stops the timers
    <section
      ref={region}
      aria-label="Notifications"
      aria-live="polite"
      tabIndex={-1}
      className={styles.viewport}
      onPointerEnter={() => setIsOver(true)}
      onPointerLeave={() => setIsOver(false)}
      onFocus={({ relatedTarget }) => {
        if (!(relatedTarget instanceof Node && region.current?.contains(relatedTarget))) before.current = relatedTarget;
        setHasFocus(true);
      }}
      onBlur={() => setHasFocus(false)}
    >
      {all.map((toast) => (
        <OneToast key={toast.id} toast={toast} paused={isOver || hasFocus} onClose={() => close(toast.id)} />
      ))}
    </section>
  );
}

function OneToast({ toast: { title, kind, action }, paused, onClose }: { toast: Toast; paused: boolean; onClose: () => void }) {
  const close = useRef(onClose);
  useEffect(() => {
    close.current = onClose;
  });
  useEffect(() => {
    if (paused) return undefined;
    const timer = setTimeout(() => close.current(), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [paused]);
  return (
    <div role={kind === 'bad' ? 'alert' : undefined} data-type={kind} className={styles.toast}>
      <p className={styles.title}>{title}</p>
      {action && (
        <button
          type="button"
          className={styles.action}
          onClick={() => {
            onClose();
            action.onClick();
          }}
        >
          {action.label}
        </button>
      )}
      <IconButton label="Dismiss" onClick={onClose}>
        <Icon name="close" size={18} />
      </IconButton>
    </div>
  );
}
