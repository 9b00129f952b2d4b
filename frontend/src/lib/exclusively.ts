/**
 * Runs one action at a time under a name, over all tabs of this browser.
 *
 * `joined` tells the action who was there before: undefined where nobody was, else what `seen` gave
 * when it had to wait (null: nothing).
 */
export async function exclusively<S, R>(
  name: string,
  seen: () => S | undefined,
  action: (joined: S | null | undefined) => Promise<R>,
): Promise<R> {
  const locks = (globalThis.navigator as Navigator | undefined)?.locks;
  if (!locks) return inThisTab(name, seen, action);
  const free = await locks.request(name, { ifAvailable: true }, async (lock) => (lock ? { result: await action(undefined) } : undefined));
  if (free) return free.result;
  const joined = seen() ?? null;
  return locks.request(name, () => action(joined));
}

const turns = new Map<string, Promise<unknown>>();

/** Browsers have locks only where the page is served securely. The stored key does the rest then. */
async function inThisTab<S, R>(name: string, seen: () => S | undefined, action: (joined: S | null | undefined) => Promise<R>): Promise<R> {
  const before = turns.get(name);
  const joined = before && (seen() ?? null);
  const turn = (before ?? Promise.resolve()).then(() => action(joined));
  // The next one waits for this one's end, whatever it is; who called hears of it.
  const ended = turn.catch(() => undefined);
  turns.set(name, ended);
  try {
    return await turn;
  } finally {
    if (turns.get(name) === ended) turns.delete(name);
  }
}
