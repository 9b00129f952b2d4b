import { type ReactNode, useState } from 'react';
import { AlertDialog } from './AlertDialog';
import { Button } from './Button';

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
    <AlertDialog
      open={confirmation !== undefined}
      title={shown?.title}
      text={shown?.text}
      cancelLabel={shown?.cancelLabel}
      onCancel={() => confirmation && onAnswer(false)}
    >
      <Button variant={shown?.variant ?? 'primary'} onClick={() => confirmation && onAnswer(true)}>
        {shown?.confirmLabel}
      </Button>
    </AlertDialog>
  );
}
