import { useEffect } from 'react';
import { useBlocker } from 'react-router';
import { ConfirmDialog } from './ConfirmDialog';

/** The location state of a navigation that does not ask: what the form edits has been deleted. */
export const SKIP_LEAVE_GUARD = { withoutAsking: true };

const LEAVE = { title: 'Leave without saving?', text: 'Your changes have not been saved and will be lost.', confirmLabel: 'Leave', cancelLabel: 'Stay on page', variant: 'danger' } as const;

/** Asks before the user leaves a page with unsaved changes: by a link, the back button or closing the tab. */
export function LeaveGuard({ isDirty }: { isDirty: () => boolean }) {
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) => currentLocation.pathname !== nextLocation.pathname && !skipsGuard(nextLocation.state) && isDirty(),
  );
  useEffect(() => {
    // The browser shows its own dialog.
    const unload = (event: BeforeUnloadEvent) => {
      if (isDirty()) event.preventDefault();
    };
    window.addEventListener('beforeunload', unload);
    return () => window.removeEventListener('beforeunload', unload);
  });
  return (
    <ConfirmDialog confirmation={blocker.state === 'blocked' ? LEAVE : undefined} onAnswer={(leave) => (leave ? blocker.proceed?.() : blocker.reset?.())} />
  );
}

function skipsGuard(state: unknown): boolean {
  return typeof state === 'object' && state !== null && 'withoutAsking' in state;
}
