import { useSyncExternalStore } from 'react';

/** From here on there is room for two columns; the style sheets say `60rem`, too. */
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
