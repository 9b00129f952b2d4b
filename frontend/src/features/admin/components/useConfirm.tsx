import { type ReactNode, useState } from 'react';
import { type Confirmation, ConfirmDialog } from '@/components/ui/ConfirmDialog';

/** `await confirm(…)` is whether the user confirmed. Render `dialog` on the page. */
export function useConfirm(): { confirm: (question: Confirmation) => Promise<boolean>; dialog: ReactNode } {
  const [open, setOpen] = useState<{ question: Confirmation; answer: (yes: boolean) => void }>();
  const ask = (question: Confirmation) => new Promise<boolean>((resolve) => setOpen({ question, answer: resolve }));
  const answered = (yes: boolean) => {
    open?.answer(yes);
    setOpen(undefined);
  };
  return { confirm: ask, dialog: <ConfirmDialog question={open?.question} onAnswer={answered} /> };
}
