import type { paths } from './api/schema.gen';
import { parseRetryAfter } from './api/problem';
import { session } from './session';

/** What the shop's funnel counts (`purchase` it counts by itself), and what helps its search. */
export type Behaviour = 'product.view' | 'product.search' | 'basket.add' | 'checkout.start' | 'checkout.complete';

type NewEvent = paths['/api/analytics/event']['post']['requestBody']['content']['application/json'];
type Sent = { event: NewEvent; token: string | null };

/** More than this is forgotten, oldest first: a visitor's page is not a store of ours. */
const MOST_WAITING = 40;
/** How long events wait for company, so that they never compete with what the visitor waits for. */
const COMPANY_MS = 2_000;
/** How long one is waited for. One that is never answered would hold up all that come after it. */
const LONGEST_MS = 10_000;
/** How often one event is tried. Its id makes that safe. */
const ATTEMPTS = 3;

type Surroundings = {
  send: (sent: Sent, leaving: boolean) => Promise<{ again: false } | { again: true; seconds: number | undefined }>;
  after: (ms: number, action: () => void) => void;
  newId: () => string;
  token: () => string | null;
};

/** Takes events at once and sends them later, one after the other, and never throws. */
export function tracker(around: Surroundings) {
  let waiting: (Sent & { tries: number })[] = [];
  let busy = false;

  async function flush(): Promise<void> {
    let pause = COMPANY_MS;
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const outcome = await around.send(next, false);
      if (!outcome.again) continue;
      next.tries += 1;
      if (next.tries < ATTEMPTS) waiting.unshift(next);
      pause = Math.max(COMPANY_MS, (outcome.seconds ?? 0) * 1000) * next.tries;
      break;
    }
    busy = waiting.length > 0;
    if (busy) around.after(pause, () => void flush());
  }

  return {
    track: (eventType: Behaviour, metadata: Record<string, string | number>): void => {
      const event = { eventId: around.newId(), eventType, metadata };
      waiting = [...waiting, { event, token: around.token(), tries: 0 }].slice(-MOST_WAITING);
      if (busy) return;
      busy = true;
      around.after(COMPANY_MS, () => void flush());
    },
    /** The page goes away: what waits is handed to the browser, which sends it without us. */
    leave: (): void => {
      for (const sent of waiting.splice(0)) void around.send(sent, true);
    },
  };
}

const inBrowser = tracker({
  async send({ event, token }, leaving) {
    try {
      const response = await fetch('/api/analytics/event', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
        body: JSON.stringify(event),
        keepalive: leaving,
        signal: AbortSignal.timeout(LONGEST_MS),
      });
      const again = response.status === 429 || response.status >= 500;
      return again ? { again, seconds: parseRetryAfter(response.headers.get('retry-after')) } : { again };
    } catch {
      return { again: true, seconds: undefined };
    }
  },
  after: (ms, action) => void setTimeout(action, ms),
  newId: () => crypto.randomUUID(),
  token: () => session.get().token,
});

/** Notes what a visitor did. Never blocks, never fails, and says nothing of who they are. */
export const track = inBrowser.track;

/** To be called once, by the page. */
export function sendWhatIsLeftOnLeaving(): void {
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') inBrowser.leave();
  });
}
