import { AlertDialog } from '@base-ui/react/alert-dialog';
import { type ReactNode, useState } from 'react';
import { Button } from './Button';
import styles from './Dialog.module.css';

export type Confirmation = {
  title: string;
  text: ReactNode;
  /** The text of the confirming button: a verb. */
  confirmLabel: string;
  cancelLabel?: string;
  variant?: 'primary' | 'danger';
};

/** Asks for confirmation while `question` is set. While it closes it keeps its text and ignores clicks. */
export function ConfirmDialog({ confirmation, onAnswer }: { confirmation: Confirmation | undefined; onAnswer: (yes: boolean) => void }) {
  const [shown, setShown] = useState(confirmation);
  if (confirmation && confirmation !== shown) setShown(confirmation);
  return (
    <AlertDialog.Root open={confirmation !== undefined} onOpenChange={(open) => !open && confirmation && onAnswer(false)}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={styles.backdrop} />
        <AlertDialog.Popup className={styles.popup}>
          <AlertDialog.Title className={styles.title}>{shown?.title}</AlertDialog.Title>
          <AlertDialog.Description render={<div />} className={styles.text}>
            {shown?.text}
          </AlertDialog.Description>
          <div className={styles.actions}>
            <AlertDialog.Close render={<Button />}>{shown?.cancelLabel ?? 'Cancel'}</AlertDialog.Close>
            <Button variant={shown?.variant ?? 'primary'} onClick={() => confirmation && onAnswer(true)}>
              {shown?.confirmLabel}
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
