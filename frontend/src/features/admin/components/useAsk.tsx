import { type ReactNode, useState } from 'react';
import { type Question, QuestionDialog } from '@/components/ui/QuestionDialog';

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
