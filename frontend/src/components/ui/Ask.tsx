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

/** Asks in the middle of something: `await ask(…)` is whether to go on. The dialog belongs on the page. */
export function useAsk(): { ask: (question: Question) => Promise<boolean>; dialog: ReactNode } {
  const [open, setOpen] = useState<{ question: Question; answer: (yes: boolean) => void }>();
  const ask = (question: Question) => new Promise<boolean>((resolve) => setOpen({ question, answer: resolve }));
  const answered = (yes: boolean) => {
    open?.answer(yes);
    setOpen(undefined);
  };
  return { ask, dialog: <QuestionDialog question={open?.question} onAnswer={answered} /> };
}

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
