import { useSyncExternalStore } from 'react';

const TICK_MS = 10_000;

function listen(listener: () => void): () => void {
  const timer = setInterval(listener, TICK_MS);
  return () => clearInterval(timer);
}

/** The current time, rounded up to the next tick. */
export function useNow(): number {
  return useSyncExternalStore(listen, () => Math.ceil(Date.now() / TICK_MS) * TICK_MS);
}
