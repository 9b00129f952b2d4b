import { observable } from '../observable';
import { isRead, sendWithDeadline, TimedOut } from './deadline';
import { parseRetryAfter } from './problem';

const MAX_ATTEMPTS = 5;
/** Fewer than `MAX_ATTEMPTS`: each attempt that times out takes seconds. */
const MAX_TIMED_OUT_ATTEMPTS = 2;
/** A longer `Retry-After` is not waited for: the page shows it, and the user decides. */
const MAX_WAIT_SECONDS = 10;
const IDEMPOTENT_METHODS = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);

/** A retry that is scheduled; `until` is when it is sent. Shown by the shell. */
export type PendingRetry = { reason: 'busy' | 'unavailable' | 'unreachable'; until: number };

/** The scheduled retries, by request. */
export const pendingRetries = observable<ReadonlyMap<symbol, PendingRetry>>(new Map());

type RetryEnvironment = {
  send: (request: Request) => Promise<Response>;
  /** Rejects when the signal is aborted. */
  pause: (seconds: number, signal: AbortSignal) => Promise<void>;
  now: () => number;
  /** From 0 to 1. */
  random: () => number;
};

/**
 * Sends a request, and retries it when the shop is busy (429), unavailable (503) or unreachable.
 *
 * A request is repeated only where that cannot take effect twice: 429 and 503 either had no effect or
 * one that the idempotency key remembers. Without any response, the method must be idempotent or the
 * request must have an `Idempotency-Key`.
 */
export async function sendWithRetry(request: Request, env: RetryEnvironment = browser): Promise<Response> {
  const id = Symbol(request.url);
  let timeouts = 0;
  try {
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt === MAX_ATTEMPTS;
      const outcome = await sendOnce(isLast ? request : request.clone(), env, isLast);
      if (!('retryReason' in outcome)) return outcome.response;
      if (outcome.timeout && ++timeouts === MAX_TIMED_OUT_ATTEMPTS) throw outcome.timeout;
      const seconds = outcome.retryAfter ?? backoff(attempt, env.random());
      if (seconds > MAX_WAIT_SECONDS && outcome.response) return outcome.response;
      pendingRetries.update((all) => new Map(all).set(id, { reason: outcome.retryReason, until: env.now() + seconds * 1000 }));
      await env.pause(seconds, request.signal);
    }
  } finally {
    pendingRetries.update((all) => (all.has(id) ? new Map([...all].filter(([key]) => key !== id)) : all));
  }
}

type Outcome =
  | { response: Response }
  | { retryReason: PendingRetry['reason']; retryAfter: number | undefined; response: Response | undefined; timeout?: TimedOut };

async function sendOnce(request: Request, env: RetryEnvironment, isLast: boolean): Promise<Outcome> {
  const hasKey = request.headers.has('idempotency-key');
  try {
    const response = await env.send(request);
    const retryReason = isLast ? undefined : reasonToRetry(response, hasKey);
    if (retryReason === undefined) return { response };
    return { retryReason, retryAfter: parseRetryAfter(response.headers.get('retry-after')), response };
  } catch (error) {
    const repeatable = hasKey || isRead(request) || IDEMPOTENT_METHODS.has(request.method);
    if (isLast || request.signal.aborted || !repeatable) throw error;
    const noResponse = { retryReason: 'unreachable', retryAfter: undefined, response: undefined } as const;
    return error instanceof TimedOut ? { ...noResponse, timeout: error } : noResponse;
  }
}

function reasonToRetry(response: Response, hasKey: boolean): PendingRetry['reason'] | undefined {
  if (response.status === 429) return 'busy';
  if (response.status === 503) return 'unavailable';
  // The first request with this key is still in progress; its response will be available shortly.
  if (response.status === 409 && hasKey && response.headers.has('retry-after')) return 'busy';
  return undefined;
}

/** Half a second, doubled with each attempt, with jitter. */
function backoff(attempt: number, random: number): number {
  return 0.5 * 2 ** (attempt - 1) * (0.75 + random / 2);
}

const browser: RetryEnvironment = {
  send: (request) => sendWithDeadline(request),
  now: () => Date.now(),
  random: () => Math.random(),
  pause: (seconds, signal) =>
    new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
      };
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', stop);
        resolve();
      }, seconds * 1000);
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    }),
};
