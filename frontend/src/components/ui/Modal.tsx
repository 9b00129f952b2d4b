import { type ReactNode, useId, useLayoutEffect, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import styles from './Dialog.module.css';

type Props = {
  open: boolean;
  /** The user wants to leave the dialog: Escape, the back gesture, or a click outside of it. */
  onCancel: () => void;
  /** What closes it besides its buttons; `closerequest` is Escape or the back gesture. */
  closedBy: 'any' | 'closerequest' | 'none';
  role?: 'alertdialog';
  side?: boolean;
  children: (ids: { title: string; text: string }) => ReactNode;
};

/**
 * The browser's modal dialog: it takes the focus, keeps it, and returns it to where it was. The page behind
 * cannot be used meanwhile. The content stays until the closing animation has ended, so that the second
 * click of a double click does not hit the page.
 */
export function Modal({ open, onCancel, closedBy, role, side = false, children }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  const [mounted, setMounted] = useState(open);
  if (open && !mounted) setMounted(true);
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (!dialog) return undefined;
    if (open) {
      if (!dialog.open) dialog.showModal();
      return undefined;
    }
    dialog.close();
    let reopened = false;
    const animations = dialog.getAnimations().map((animation) => animation.finished);
    void Promise.allSettled(animations).then(() => !reopened && setMounted(false));
    return () => {
      reopened = true;
    };
  }, [open, mounted]);
  useLayoutEffect(() => {
    const dialog = ref.current;
    // Closed before it is removed: only then does the browser return the focus.
    return () => dialog?.close();
  }, [mounted]);
  if (!mounted) return null;
  const ids = { title: `${id}title`, text: `${id}text` };
  return createPortal(
    <dialog
      ref={ref}
      role={role}
      aria-labelledby={ids.title}
      aria-describedby={role && ids.text}
      className={side ? styles.drawer : styles.popup}
      {...{ closedby: closedBy }}
      onCancel={(event) => {
        if (event.target !== ref.current) return;
        event.preventDefault();
        if (open && closedBy !== 'none') onCancel();
      }}
      onClose={() => {
        // A browser may close it without asking: it is open for as long as `open` says so.
        if (!open) return;
        ref.current?.showModal();
        if (closedBy !== 'none') onCancel();
      }}
    >
      {children(ids)}
    </dialog>,
    document.body,
  );
}
