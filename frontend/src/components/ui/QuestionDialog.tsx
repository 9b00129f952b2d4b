import { AlertDialog } from '@base-ui/react/alert-dialog';
import { type ReactNode, useState } from 'react';
import { Button } from './Button';
import styles from './Dialog.module.css';

export type Question = {
  title: string;
  text: ReactNode;
  /** What the button that does it says: a verb. */
  action: string;
  refuse?: string;
  look?: 'primary' | 'danger';
};

/** A question over the page, where there is one. While it closes it still says what it asked, and does nothing. */
export function QuestionDialog({ question, onAnswer }: { question: Question | undefined; onAnswer: (yes: boolean) => void }) {
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
            <AlertDialog.Close render={<Button />}>{asked?.refuse ?? 'Cancel'}</AlertDialog.Close>
            <Button look={asked?.look ?? 'primary'} onClick={() => question && onAnswer(true)}>
              {asked?.action}
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
