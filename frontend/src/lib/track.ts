import { parseRetryAfter } from './api/problem';
import type { paths } from './api/schema.gen';
import { session } from './session';

/** The steps of the conversion funnel (the API records `purchase` itself), and searches. */
export type TrackedEvent = 'product.view' | 'product.search' | 'basket.add' | 'checkout.start' | 'checkout.complete';

type NewEvent = paths['/api/analytics/event']['post']['requestBody']['content']['application/json'];
type QueuedEvent = { event: NewEvent; token: string | null };

/** The oldest events are dropped beyond this. */
const MAX_QUEUED = 40;
/** Events are sent this much later, so that they do not compete with requests that the visitor waits for. */
const BATCH_DELAY_MS = 2_000;
/** Events are sent one at a time, so one without a response would block all others. */
const TIMEOUT_MS = 10_000;
/** Attempts per event. The event's id makes repeating it safe. */
const MAX_ATTEMPTS = 3;

type TrackerEnvironment = {
  send: (event: QueuedEvent, pageIsHidden: boolean) => Promise<{ retry: false } | { retry: true; seconds: number | undefined }>;
  after: (ms: number, action: () => void) => void;
  newId: () => string;
  token: () => string | null;
};

/** Queues events and sends them later, in order. Never throws. */
export function createTracker(env: TrackerEnvironment) {
  let queue: (QueuedEvent & { attempts: number })[] = [];
  let scheduled = false;

  async function flush(): Promise<void> {
    let pause = BATCH_DELAY_MS;
    for (let next = queue.shift(); next; next = queue.shift()) {
      const result = await env.send(next, false);
      if (!result.retry) continue;
      next.attempts += 1;
      if (next.attempts < MAX_ATTEMPTS) queue.unshift(next);
      pause = Math.max(BATCH_DELAY_MS, (result.seconds ?? 0) * 1000) * next.attempts;
      break;
    }
    scheduled = queue.length > 0;
    if (scheduled) env.after(pause, () => void flush());
  }

  return {
    track: (eventType: TrackedEvent, metadata: Record<string, string | number>): void => {
      const event = { eventId: env.newId(), eventType, metadata };
      queue = [...queue, { event, token: env.token(), attempts: 0 }].slice(-MAX_QUEUED);
      if (scheduled) return;
      scheduled = true;
      env.after(BATCH_DELAY_MS, () => void flush());
    },
    /** The page is being left: the browser sends the rest of the queue in the background. */
    flushOnLeave: (): void => {
      for (const event of queue.splice(0)) void env.send(event, true);
    },
  };
}

const browserTracker = createTracker({
  async send({ event, token }, pageIsHidden) {
    try {
      const response = await fetch('/api/analytics/event', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
        body: JSON.stringify(event),
        keepalive: pageIsHidden,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const retry = response.status === 429 || response.status >= 500;
      return retry ? { retry, seconds: parseRetryAfter(response.headers.get('retry-after')) } : { retry };
    } catch {
      return { retry: true, seconds: undefined };
    }
  },
  after: (ms, action) => void setTimeout(action, ms),
  newId: () => crypto.randomUUID(),
  token: () => session.get().token,
});

/** Records what a visitor did. Never blocks, never fails, and contains no personal data. */
export const track = browserTracker.track;

/** Call once, when the page starts. */
export function flushEventsOnPageHide(): void {
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') browserTracker.flushOnLeave();
  });
}
