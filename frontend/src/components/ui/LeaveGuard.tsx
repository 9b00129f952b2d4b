import { useEffect } from 'react';
import { useBlocker } from 'react-router';
import { ConfirmDialog } from './ConfirmDialog';

/** The state of a navigation that leaves a form for good: what it was about is gone. */
export const SKIP_LEAVE_GUARD = { withoutAsking: true };

const LEAVE = { title: 'Leave without saving?', text: 'Your changes have not been saved and will be lost.', confirmLabel: 'Leave', cancelLabel: 'Stay on page', variant: 'danger' } as const;

/** Asks before a page is left on which somebody has typed what is not saved: by a link, a way back or the tab's end. */
export function LeaveGuard({ isDirty }: { isDirty: () => boolean }) {
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) => currentLocation.pathname !== nextLocation.pathname && !skipsGuard(nextLocation.state) && isDirty(),
  );
  useEffect(() => {
    // The browser asks in its own words.
    const unload = (event: BeforeUnloadEvent) => {
      if (isDirty()) event.preventDefault();
    };
    window.addEventListener('beforeunload', unload);
    return () => window.removeEventListener('beforeunload', unload);
  });
  return (
    <ConfirmDialog question={blocker.state === 'blocked' ? LEAVE : undefined} onAnswer={(leave) => (leave ? blocker.proceed?.() : blocker.reset?.())} />
  );
}

function skipsGuard(state: unknown): boolean {
  return typeof state === 'object' && state !== null && 'withoutAsking' in state;
}
