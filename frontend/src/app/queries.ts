import { QueryClient } from '@tanstack/react-query';
import { toast } from '@/components/ui/Toasts';
import { session } from '@/lib/session';

/** How long what was read is shown without asking again. */
const FRESH_MS = 20_000;

/** Nothing is retried here: lib/api/patience.ts does that, and says so. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: { retry: false, staleTime: FRESH_MS },
    mutations: { retry: false },
  },
});

/**
 * What one person may see is not kept for the next one in front of this screen. The keys of such
 * queries begin with `mine` or `admin`.
 */
export function forgetWithTheSession(): void {
  let before = session.get();
  session.listen(() => {
    const now = session.get();
    if (now.who?.id !== before.who?.id) {
      queries.removeQueries({ queryKey: ['mine'] });
      queries.removeQueries({ queryKey: ['admin'] });
    }
    if (before.token !== null && now.token === null && now.ended === 'elsewhere') {
      toast('You have been logged out. Log in again to go on; your basket is kept.');
    }
    before = now;
  });
}
