import { AlertDialog } from '@base-ui/react/alert-dialog';
import { type ReactNode, useState } from 'react';
import { Button } from './Button';
import styles from './Dialog.module.css';

type Props = {
  /** The text of the button that opens the dialog. */
  label: ReactNode;
  ariaLabel?: string;
  variant?: 'plain' | 'danger' | 'ghost' | 'primary';
  size?: 's' | 'm';
  title: string;
  children: ReactNode;
  /** The text of the confirming button: a verb. */
  confirmLabel: string;
  cancelLabel?: string;
  /** The dialog stays open until the promise settles. The caller shows errors. */
  onConfirm: () => Promise<unknown>;
};

/** A button that asks for confirmation: for actions that cannot be undone, or that notify a customer. */
export function ConfirmButton(props: Props) {
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  // The props when the dialog was opened. They may change while it is open or closing: the button under
  // the pointer must not turn into another action.
  const [opened, setOpened] = useState(props);
  const confirm = () => {
    setBusy(true);
    opened
      .onConfirm()
      .catch(() => undefined) // the caller shows the error
      .finally(() => {
        setBusy(false);
        setOpen(false);
      });
  };
  const change = (open: boolean) => {
    if (busy) return;
    if (open) setOpened(props);
    setOpen(open);
  };
  return (
    <AlertDialog.Root open={open} onOpenChange={change}>
      <AlertDialog.Trigger render={<Button variant={props.variant ?? 'danger'} size={props.size ?? 's'} aria-label={props.ariaLabel} />}>
        {props.label}
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={styles.backdrop} />
        <AlertDialog.Popup className={styles.popup}>
          <AlertDialog.Title className={styles.title}>{opened.title}</AlertDialog.Title>
          <AlertDialog.Description render={<div />} className={styles.text}>
            {opened.children}
          </AlertDialog.Description>
          <div className={styles.actions}>
            <AlertDialog.Close render={<Button />}>{opened.cancelLabel ?? 'Cancel'}</AlertDialog.Close>
            <Button variant={opened.variant === 'primary' ? 'primary' : 'danger'} loading={busy} onClick={() => open && confirm()}>
              {opened.confirmLabel}
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
