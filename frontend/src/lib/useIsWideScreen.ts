import { useSyncExternalStore } from 'react';

/** The breakpoint for two columns, also in the style sheets. */
const WIDE = '(width >= 60rem)';

export function useIsWideScreen(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const query = window.matchMedia(WIDE);
      query.addEventListener('change', listener);
      return () => query.removeEventListener('change', listener);
    },
    () => window.matchMedia(WIDE).matches,
  );
}
