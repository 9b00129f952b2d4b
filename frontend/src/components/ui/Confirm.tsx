import { AlertDialog } from '@base-ui/react/alert-dialog';
import { type ReactNode, useState } from 'react';
import { Button } from './Button';
import styles from './Dialog.module.css';

type Asked = {
  /** What opens it: the words on the button. */
  trigger: ReactNode;
  triggerLabel?: string;
  look?: 'plain' | 'danger' | 'ghost' | 'primary';
  size?: 's' | 'm';
  title: string;
  children: ReactNode;
  /** What the button that does it says: a verb. */
  action: string;
  refuse?: string;
  /** The dialog stays open until this is done; where it fails, the caller says so. */
  onConfirm: () => Promise<unknown>;
};

/** Asks before something that cannot be undone, or that somebody else is told of. */
export function Confirm({ trigger, triggerLabel, look = 'danger', size = 's', title, children, ...rest }: Asked) {
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const confirm = () => {
    setBusy(true);
    rest
      .onConfirm()
      .catch(() => undefined) // said by the caller; the question is answered either way
      .finally(() => {
        setBusy(false);
        setOpen(false);
      });
  };
  return (
    <AlertDialog.Root open={open} onOpenChange={(wish) => !busy && setOpen(wish)}>
      <AlertDialog.Trigger render={<Button look={look} size={size} aria-label={triggerLabel} />}>
        {trigger}
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={styles.backdrop} />
        <AlertDialog.Popup className={styles.popup}>
          <AlertDialog.Title className={styles.title}>{title}</AlertDialog.Title>
          <AlertDialog.Description render={<div />} className={styles.text}>
            {children}
          </AlertDialog.Description>
          <div className={styles.actions}>
            <AlertDialog.Close render={<Button />}>{rest.refuse ?? 'Keep it'}</AlertDialog.Close>
            <Button look={look === 'primary' ? 'primary' : 'danger'} busy={busy} onClick={confirm}>
              {rest.action}
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
