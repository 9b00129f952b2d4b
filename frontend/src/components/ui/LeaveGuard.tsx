import { useEffect } from 'react';
import { useBlocker } from 'react-router';
import { QuestionDialog } from './QuestionDialog';

/** The state of a navigation that leaves a form for good: what it was about is gone. */
export const WITHOUT_ASKING = { withoutAsking: true };

const LEAVE = { title: 'Leave without saving?', text: 'Your changes have not been saved and will be lost.', action: 'Leave', refuse: 'Stay on page', look: 'danger' } as const;

/** Asks before a page is left on which somebody has typed what is not saved: by a link, a way back or the tab's end. */
export function LeaveGuard({ isEdited }: { isEdited: () => boolean }) {
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) => currentLocation.pathname !== nextLocation.pathname && !isForGood(nextLocation.state) && isEdited(),
  );
  useEffect(() => {
    // The browser asks in its own words.
    const unload = (event: BeforeUnloadEvent) => {
      if (isEdited()) event.preventDefault();
    };
    window.addEventListener('beforeunload', unload);
    return () => window.removeEventListener('beforeunload', unload);
  });
  return (
    <QuestionDialog question={blocker.state === 'blocked' ? LEAVE : undefined} onAnswer={(leave) => (leave ? blocker.proceed?.() : blocker.reset?.())} />
  );
}

function isForGood(state: unknown): boolean {
  return typeof state === 'object' && state !== null && 'withoutAsking' in state;
}
