/**
 * Runs one action at a time under a name, over all tabs of this browser, and tells it whether it
 * had to wait for somebody else.
 */
export async function exclusively<R>(name: string, action: (waited: boolean) => Promise<R>): Promise<R> {
  const locks = (globalThis.navigator as Navigator | undefined)?.locks;
  if (!locks) return inThisTab(name, action);
  const free = await locks.request(name, { ifAvailable: true }, async (lock) => (lock ? { result: await action(false) } : undefined));
  return free ? free.result : locks.request(name, () => action(true));
}

const turns = new Map<string, Promise<unknown>>();

/** Browsers have locks only where the page is served securely. The stored key does the rest then. */
async function inThisTab<R>(name: string, action: (waited: boolean) => Promise<R>): Promise<R> {
  const before = turns.get(name);
  const turn = (before ?? Promise.resolve()).then(() => action(before !== undefined));
  // The next one waits for this one's end, whatever it is; who called hears of it.
  const ended = turn.catch(() => undefined);
  turns.set(name, ended);
  try {
    return await turn;
  } finally {
    if (turns.get(name) === ended) turns.delete(name);
  }
}
