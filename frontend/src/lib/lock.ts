/**
 * Runs one action at a time per name, across all tabs of this browser. `waited` is whether another
 * action had the lock first.
 */
export async function withLock<R>(name: string, action: (waited: boolean) => Promise<R>): Promise<R> {
  const locks = (globalThis.navigator as Navigator | undefined)?.locks;
  if (!locks) return withLockInThisTab(name, action);
  const free = await locks.request(name, { ifAvailable: true }, async (lock) => (lock ? { result: await action(false) } : undefined));
  return free ? free.result : locks.request(name, () => action(true));
}

const queues = new Map<string, Promise<unknown>>();

/** The Web Locks API exists only in secure contexts. Elsewhere the stored idempotency key prevents duplicates across tabs. */
async function withLockInThisTab<R>(name: string, action: (waited: boolean) => Promise<R>): Promise<R> {
  const before = queues.get(name);
  const run = (before ?? Promise.resolve()).then(() => action(before !== undefined));
  // The next action waits for this one, whether it succeeds or fails.
  const ended = run.catch(() => undefined);
  queues.set(name, ended);
  try {
    return await run;
  } finally {
    if (queues.get(name) === ended) queues.delete(name);
  }
}
