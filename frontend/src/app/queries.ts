import { QueryClient } from '@tanstack/react-query';
import { showToast } from '@/components/ui/Toasts';
import { clearBasket } from '@/features/basket/basket';
import { awaitsLogin, onUserChange, session } from '@/lib/session';

/** How long what was read is shown without asking again. */
const FRESH_MS = 20_000;

/** Nothing is retried here: lib/api/patience.ts does that, and says so. */
export const queries = new QueryClient({
  defaultOptions: {
    // Without a network they fail like everything else that gets no answer, rather than wait in silence.
    queries: { retry: false, staleTime: FRESH_MS, networkMode: 'always', refetchOnReconnect: true },
    mutations: { retry: false, networkMode: 'always' },
  },
});

/**
 * What one person leaves behind is not for the next one in front of this screen: what they were
 * shown and sent, in every tab, and their basket. A visitor's basket goes with them when they log in.
 */
export function clearOnUserChange(): void {
  onUserChange(clearBasket);
  let before = session.get();
  session.subscribe(() => {
    const now = session.get();
    if (now.user?.id !== before.user?.id) clearUserData(before.user !== null);
    if (before.token !== null && now.token === null && !awaitsLogin(now)) {
      if (now.ended) showToast('Your session has ended. Log in again to continue. Your basket is saved.');
      else showToast('You have been logged out.', 'good');
    }
    before = now;
  });
}

/** The keys of what is one person's alone begin with `mine` or `admin`. */
function clearUserData(somebodyWas: boolean): void {
  queries.removeQueries({ queryKey: ['mine'] });
  queries.removeQueries({ queryKey: ['admin'] });
  if (!somebodyWas) return;
  // The rest is public, but may have been said more fully to them: authors of reviews have their
  // whole names for admins. And a form that was sent is kept for a while, password and all.
  queries.removeQueries({ type: 'inactive' });
  void queries.resetQueries({ type: 'active' });
  queries.getMutationCache().clear();
}
