import { useSyncExternalStore } from 'react';

const TICK_MS = 10_000;

function listen(listener: () => void): () => void {
  const timer = setInterval(listener, TICK_MS);
  return () => clearInterval(timer);
}

/** The time, a few seconds ahead at most: often enough to see that something has grown old. */
export function useNow(): number {
  return useSyncExternalStore(listen, () => Math.ceil(Date.now() / TICK_MS) * TICK_MS);
}
