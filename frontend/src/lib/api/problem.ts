import { TimedOut } from './deadline';
import type { FieldError, Order, ProblemBody } from './types';

/** One line of an order that cannot be had; what 409 `insufficient_stock` carries. */
export type Shortage = { productId: number; requested: number; available: number };

/** The code of a request that got no answer at all. */
export const UNREACHABLE = 'unreachable';
/** The code of one that was not answered in time. */
export const TIMED_OUT = 'timed_out';

/** To be said wherever a write has had no answer: nobody here knows what became of it. */
const UNKNOWN_OUTCOME = 'It may have gone through anyway. Check before you try again.';

/** What went wrong with a request: the API's problem+json, or that there was no answer. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: readonly FieldError[];
  readonly requestId: string | undefined;
  /** In how many seconds to try again, where the answer said so. */
  readonly retryAfter: number | undefined;
  /** Whether the request may have been done although no answer says so. Never of a read. */
  readonly outcomeUnknown: boolean;
  readonly #body: Record<string, unknown>;

  constructor(status: number, body: Partial<ProblemBody>, retryAfter?: number, outcomeUnknown = false) {
    super(body.message ?? body.detail ?? 'Something went wrong.');
    this.name = 'Problem';
    this.status = status;
    this.code = body.code ?? 'unknown';
    this.fields = body.errors ?? [];
    this.requestId = body.requestId;
    this.retryAfter = retryAfter;
    this.outcomeUnknown = outcomeUnknown;
    this.#body = body;
  }

  /** The lines of 409 `insufficient_stock`. */
  get shortages(): Shortage[] {
    const items = this.#body['items'];
    return Array.isArray(items) ? items.filter(isShortage) : [];
  }

  /** The right total of 409 `price_changed`. */
  get total(): number | undefined {
    const total = this.#body['total'];
    return typeof total === 'number' ? total : undefined;
  }

  /** The order that 402 `payment_declined` left behind, to be paid again. */
  get order(): Order | undefined {
    const order = this.#body['order'];
    return isObject(order) && typeof order['id'] === 'number' ? (order as Order) : undefined;
  }

  /** The product that 404 `unknown_product` names. */
  get productId(): number | undefined {
    const id = this.#body['productId'];
    return typeof id === 'number' ? id : undefined;
  }

  /** Why the processor declined: `insufficient_funds`. */
  get declineReason(): string | undefined {
    const reason = this.#body['declineReason'];
    return typeof reason === 'string' ? reason : undefined;
  }
}

/** A request that got no answer, or none in time. What else went wrong is handed on as it is. */
export function noResponseProblem(error: unknown, isWrite: boolean): unknown {
  const timedOut = error instanceof TimedOut;
  if (!timedOut && !(error instanceof TypeError)) return error;
  const [code, message] = timedOut
    ? [TIMED_OUT, 'The shop did not respond in time.']
    : [UNREACHABLE, isWrite ? 'The shop did not respond. Check your connection.' : 'The shop could not be reached. Check your connection.'];
  return new Problem(0, { code, message: isWrite ? `${message} ${UNKNOWN_OUTCOME}` : message }, undefined, isWrite);
}

/** Reads an answer that is no success, whatever sent it. */
export function problemFromResponse(response: Response, body: unknown, isWrite = false): Problem {
  const retryAfter = parseRetryAfter(response.headers.get('retry-after'));
  if (isObject(body) && typeof body['code'] === 'string') return new Problem(response.status, body, retryAfter);
  // Not the shop's own words: a gateway or a proxy gave up on it, and it may have gone on.
  if (isWrite && response.status >= 500) {
    return new Problem(response.status, { code: TIMED_OUT, message: `The shop did not respond. ${UNKNOWN_OUTCOME}` }, retryAfter, true);
  }
  return new Problem(response.status, { code: 'unknown', message: statusMessage(response.status) }, retryAfter);
}

/** Any error as a problem: what is none of ours was a request without an answer, or a bug of ours. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const networkProblem = noResponseProblem(error, false);
  if (networkProblem instanceof Problem) return networkProblem;
  return new Problem(0, { code: 'unknown', message: 'Something went wrong on this page.' });
}

/** What `Retry-After` asks for, in seconds; the API never sends a date. */
export function parseRetryAfter(header: string | null): number | undefined {
  const seconds = Number(header);
  return header !== null && Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}

/** A wait as a person would say it. */
export function formatWait(seconds: number): string {
  if (seconds < 90) return seconds <= 1 ? 'a second' : `${Math.ceil(seconds)} seconds`;
  if (seconds <= 90 * 60) return `${Math.ceil(seconds / 60)} minutes`;
  return `${Math.ceil(seconds / 3600)} hours`;
}

/** A problem as a sentence or two, with how long to wait where the shop says that. */
export function problemMessage(error: unknown): string {
  const { message, retryAfter } = toProblem(error);
  return retryAfter === undefined ? message : `${message} Try again in ${formatWait(retryAfter)}.`;
}

function statusMessage(status: number): string {
  if (status === 401) return 'Your session has ended. Please log in again.';
  if (status === 403) return 'You are not allowed to do this.';
  if (status === 429) return 'Too many requests. Please try again later.';
  if (status >= 500) return 'Something went wrong on our side. Please try again later.';
  return 'The request was rejected.';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isShortage(value: unknown): value is Shortage {
  return isObject(value) && ['productId', 'requested', 'available'].every((key) => typeof value[key] === 'number');
}
