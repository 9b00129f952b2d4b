import { AlertDialog } from '@base-ui/react/alert-dialog';
import { type ReactNode, useState } from 'react';
import { Button } from './Button';
import styles from './Dialog.module.css';

export type Confirmation = {
  title: string;
  text: ReactNode;
  /** What the button that does it says: a verb. */
  confirmLabel: string;
  cancelLabel?: string;
  variant?: 'primary' | 'danger';
};

/** A question over the page, where there is one. While it closes it still says what it asked, and does nothing. */
export function ConfirmDialog({ question, onAnswer }: { question: Confirmation | undefined; onAnswer: (yes: boolean) => void }) {
  const [asked, setAsked] = useState(question);
  if (question && question !== asked) setAsked(question);
  return (
    <AlertDialog.Root open={question !== undefined} onOpenChange={(wish) => !wish && question && onAnswer(false)}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={styles.backdrop} />
        <AlertDialog.Popup className={styles.popup}>
          <AlertDialog.Title className={styles.title}>{asked?.title}</AlertDialog.Title>
          <AlertDialog.Description render={<div />} className={styles.text}>
            {asked?.text}
          </AlertDialog.Description>
          <div className={styles.actions}>
            <AlertDialog.Close render={<Button />}>{asked?.cancelLabel ?? 'Cancel'}</AlertDialog.Close>
            <Button variant={asked?.variant ?? 'primary'} onClick={() => question && onAnswer(true)}>
              {asked?.confirmLabel}
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
