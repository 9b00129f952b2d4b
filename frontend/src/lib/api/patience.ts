import { observable } from '../observable';
import { TimedOut, withinDeadline } from './deadline';
import { secondsOf } from './problem';

/** How often one request is sent at most. */
const ATTEMPTS = 5;
/** How often one that is not answered in time is sent at most: each try is a long wait. */
const SILENT_ATTEMPTS = 2;
/** How long we wait between two attempts at most: who is told to wait longer is told so, and decides. */
const LONGEST_WAIT_SECONDS = 10;
const IDEMPOTENT = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);

/** What the shop makes us wait for: shown by the shell. */
export type Waiting = { why: 'busy' | 'away' | 'unreachable'; until: number };

/** The waits that are under way, by request. */
export const waits = observable<ReadonlyMap<symbol, Waiting>>(new Map());

type Surroundings = {
  send: (request: Request) => Promise<Response>;
  /** Waits; rejects where the signal is aborted meanwhile. */
  pause: (seconds: number, signal: AbortSignal) => Promise<void>;
  now: () => number;
  /** From 0 to 1. */
  chance: () => number;
};

/**
 * Sends a request, and again where the shop is busy (429), away (503) or cannot be reached.
 *
 * A request is only repeated where that cannot do a thing twice: 429 and 503 are answers without an
 * effect or with one that the key remembers; a lost answer is asked for again only if the method or
 * the `Idempotency-Key` makes it safe.
 */
export async function patiently(request: Request, around: Surroundings = browser): Promise<Response> {
  const mark = Symbol(request.url);
  let silent = 0;
  try {
    for (let attempt = 1; ; attempt++) {
      const last = attempt === ATTEMPTS;
      const outcome = await attemptOf(last ? request : request.clone(), around, last);
      if (!('wait' in outcome)) return outcome.response;
      if (outcome.silence && ++silent === SILENT_ATTEMPTS) throw outcome.silence;
      const seconds = outcome.seconds ?? backoff(attempt, around.chance());
      if (seconds > LONGEST_WAIT_SECONDS && outcome.response) return outcome.response;
      waits.update((all) => new Map(all).set(mark, { why: outcome.wait, until: around.now() + seconds * 1000 }));
      await around.pause(seconds, request.signal);
    }
  } finally {
    waits.update((all) => (all.has(mark) ? new Map([...all].filter(([key]) => key !== mark)) : all));
  }
}

type Outcome =
  | { response: Response }
  | { wait: Waiting['why']; seconds: number | undefined; response: Response | undefined; silence?: TimedOut };

async function attemptOf(request: Request, around: Surroundings, last: boolean): Promise<Outcome> {
  const keyed = request.headers.has('idempotency-key');
  try {
    const response = await around.send(request);
    const wait = last ? undefined : reasonToWait(response, keyed);
    if (wait === undefined) return { response };
    return { wait, seconds: secondsOf(response.headers.get('retry-after')), response };
  } catch (error) {
    const repeatable = keyed || IDEMPOTENT.has(request.method);
    if (last || request.signal.aborted || !repeatable) throw error;
    const lost = { wait: 'unreachable', seconds: undefined, response: undefined } as const;
    return error instanceof TimedOut ? { ...lost, silence: error } : lost;
  }
}

function reasonToWait(response: Response, keyed: boolean): Waiting['why'] | undefined {
  if (response.status === 429) return 'busy';
  if (response.status === 503) return 'away';
  // The first request with this key is still being done: its answer can be had in a moment.
  if (response.status === 409 && keyed && response.headers.has('retry-after')) return 'busy';
  return undefined;
}

/** Half a second, doubled each time, and spread so that not everybody comes back at once. */
function backoff(attempt: number, chance: number): number {
  return 0.5 * 2 ** (attempt - 1) * (0.75 + chance / 2);
}

const browser: Surroundings = {
  send: (request) => withinDeadline(request),
  now: () => Date.now(),
  chance: () => Math.random(),
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
