import { AlertDialog } from '@base-ui/react/alert-dialog';
import { type ReactNode, useState } from 'react';
import { Button } from './Button';
import styles from './Dialog.module.css';

type Asked = {
  /** What opens it: the words on the button. */
  label: ReactNode;
  ariaLabel?: string;
  variant?: 'plain' | 'danger' | 'ghost' | 'primary';
  size?: 's' | 'm';
  title: string;
  children: ReactNode;
  /** What the button that does it says: a verb. */
  confirmLabel: string;
  cancelLabel?: string;
  /** The dialog stays open until this is done; where it fails, the caller says so. */
  onConfirm: () => Promise<unknown>;
};

/** Asks before something that cannot be undone, or that somebody else is told of. */
export function ConfirmButton(now: Asked) {
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  // The question as it was when it was asked. What it is about may change while the dialog is open or
  // closing: its next step must not stand under a button that somebody is pressing.
  const [asked, setAsked] = useState(now);
  const confirm = () => {
    setBusy(true);
    asked
      .onConfirm()
      .catch(() => undefined) // said by the caller; the question is answered either way
      .finally(() => {
        setBusy(false);
        setOpen(false);
      });
  };
  const change = (wish: boolean) => {
    if (busy) return;
    if (wish) setAsked(now);
    setOpen(wish);
  };
  return (
    <AlertDialog.Root open={open} onOpenChange={change}>
      <AlertDialog.Trigger render={<Button variant={now.variant ?? 'danger'} size={now.size ?? 's'} aria-label={now.ariaLabel} />}>
        {now.label}
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={styles.backdrop} />
        <AlertDialog.Popup className={styles.popup}>
          <AlertDialog.Title className={styles.title}>{asked.title}</AlertDialog.Title>
          <AlertDialog.Description render={<div />} className={styles.text}>
            {asked.children}
          </AlertDialog.Description>
          <div className={styles.actions}>
            <AlertDialog.Close render={<Button />}>{asked.cancelLabel ?? 'Cancel'}</AlertDialog.Close>
            <Button variant={asked.variant === 'primary' ? 'primary' : 'danger'} loading={busy} onClick={() => open && confirm()}>
              {asked.confirmLabel}
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
