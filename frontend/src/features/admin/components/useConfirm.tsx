import { type ReactNode, useState } from 'react';
import { type Confirmation, ConfirmDialog } from '@/components/ui/ConfirmDialog';

/** `await confirm(…)` is whether the user confirmed. Render `dialog` on the page. */
export function useConfirm(): { confirm: (confirmation: Confirmation) => Promise<boolean>; dialog: ReactNode } {
  const [open, setOpen] = useState<{ confirmation: Confirmation; answer: (yes: boolean) => void }>();
  const confirm = (confirmation: Confirmation) => new Promise<boolean>((resolve) => setOpen({ confirmation, answer: resolve }));
  const onAnswer = (yes: boolean) => {
    open?.answer(yes);
    setOpen(undefined);
  };
  return { confirm, dialog: <ConfirmDialog confirmation={open?.confirmation} onAnswer={onAnswer} /> };
}
