import { QueryClient } from '@tanstack/react-query';
import { showToast } from '@/components/ui/Toasts';
import { clearBasket } from '@/features/basket/basket';
import { awaitsLogin, hasAccount, onUserChange, session } from '@/lib/session';

/** How long loaded data counts as fresh. */
const FRESH_MS = 20_000;

/** No retries here: lib/api/retry.ts does that, and the shell shows it. */
export const queries = new QueryClient({
  defaultOptions: {
    // Offline requests fail like any other without a response, instead of pausing silently.
    queries: { retry: false, staleTime: FRESH_MS, networkMode: 'always', refetchOnReconnect: true },
    mutations: { retry: false, networkMode: 'always' },
  },
});

/**
 * Clears a user's cached data in every tab, and their basket, when they log out or another user logs in.
 * A visitor keeps the basket when logging in.
 */
export function clearOnUserChange(): void {
  onUserChange(clearBasket);
  let before = session.get();
  session.subscribe(() => {
    const now = session.get();
    if (now.user?.id !== before.user?.id) clearUserData(before.user !== null);
    if (before.token !== null && now.token === null && !awaitsLogin(now)) {
      if (now.ended && hasAccount(before.user)) showToast('Your session has ended. Log in again to continue. Your basket is saved.');
      else if (now.ended) showToast('Your session as a guest has ended. Your basket is saved.');
      else showToast('You have been logged out.', 'good');
    }
    before = now;
  });
}

/** The query keys of a user's own data begin with `mine` or `admin`. */
function clearUserData(wasLoggedIn: boolean): void {
  queries.removeQueries({ queryKey: ['mine'] });
  queries.removeQueries({ queryKey: ['admin'] });
  if (!wasLoggedIn) return;
  // Public data may contain more for some users: admins see the full names of review authors. And the
  // mutation cache contains submitted forms, including passwords.
  queries.removeQueries({ type: 'inactive' });
  void queries.resetQueries({ type: 'active' });
  queries.getMutationCache().clear();
}
