import { stored } from './stored';

/** The API remembers a key for 24 hours; we forget it well before. */
const KEPT_MS = 12 * 3_600_000;

type Attempt = { what: string; key: string; since: number };
type Attempts = readonly Attempt[];

/**
 * The keys of what is being bought, so that a second press, a second tab, a reload or a lost answer
 * asks for the same thing again instead of for another one.
 *
 * An attempt ends with an answer that settles it. What leaves it open (no answer, "try again later")
 * keeps its key for the next press.
 */
export const attempts = stored<Attempts>('shop.attempts', attemptsOf, []);

/** The key for `what`: the one under way, or a new one. */
export function keyFor(what: string, now = Date.now(), newKey: () => string = () => crypto.randomUUID()): string {
  const open = attempts.get().find((one) => one.what === what && now - one.since < KEPT_MS);
  if (open) return open.key;
  const attempt = { what, key: newKey(), since: now };
  attempts.update((all) => [...all.filter((one) => one.what !== what && now - one.since < KEPT_MS), attempt]);
  return attempt.key;
}

/** It was answered: the next press is a new wish. */
export function settle(what: string): void {
  attempts.update((all) => all.filter((one) => one.what !== what));
}

/** Whether this refusal settles an attempt. */
export function settles({ status, code }: { status: number; code: string }): boolean {
  if (code === 'idempotency_in_progress') return false;
  // 401 comes before anything is done: the same wish goes on after the next log-in.
  return status >= 400 && status < 500 && ![401, 408, 429].includes(status);
}

function attemptsOf(found: unknown): Attempts | undefined {
  if (!Array.isArray(found)) return undefined;
  return found.filter((one: unknown): one is Attempt => {
    if (typeof one !== 'object' || one === null) return false;
    const { what, key, since } = one as Partial<Record<keyof Attempt, unknown>>;
    return typeof what === 'string' && typeof key === 'string' && typeof since === 'number';
  });
}
