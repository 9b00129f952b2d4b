import { TimedOut } from './deadline';
import type { FieldError, Order, ProblemBody, Quote } from './types';

/** One item of a 409 `insufficient_stock`. */
export type Shortage = { productId: number; requested: number; available: number };

/** The code of a request without a response. */
export const UNREACHABLE = 'unreachable';
/** The code of a request without a response in time. */
export const TIMED_OUT = 'timed_out';

/** For every write without a response: its outcome is unknown. */
const UNKNOWN_OUTCOME = 'It may have gone through anyway. Check before you try again.';

/** A failed request: the API's problem+json, or a missing response. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: readonly FieldError[];
  readonly requestId: string | undefined;
  /** Seconds, from the `Retry-After` header. */
  readonly retryAfter: number | undefined;
  /** Whether the request may have taken effect without a response. Never true for a read. */
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

  /** The items of 409 `insufficient_stock`. */
  get shortages(): Shortage[] {
    const items = this.#body['items'];
    return Array.isArray(items) ? items.filter(isShortage) : [];
  }

  /** The current total of 409 `price_changed`. */
  get total(): number | undefined {
    const total = this.#body['total'];
    return typeof total === 'number' ? total : undefined;
  }

  /** The current price of 409 `price_changed`, for an order that is placed. */
  get quote(): Quote | undefined {
    const quote = this.#body['quote'];
    return isObject(quote) && typeof quote['total'] === 'number' && Array.isArray(quote['items']) && Array.isArray(quote['shippingMethods']) && Array.isArray(quote['problems']) ? (quote as Quote) : undefined;
  }

  /** The unpaid order of 402 `payment_declined`. */
  get order(): Order | undefined {
    const order = this.#body['order'];
    return isObject(order) && typeof order['id'] === 'number' ? (order as Order) : undefined;
  }

  /** The product of 404 `unknown_product`. */
  get productId(): number | undefined {
    const id = this.#body['productId'];
    return typeof id === 'number' ? id : undefined;
  }

  /** The processor's reason, such as `insufficient_funds`. */
  get declineReason(): string | undefined {
    const reason = this.#body['declineReason'];
    return typeof reason === 'string' ? reason : undefined;
  }
}

/** A problem for a request without a response (in time). Other errors are returned unchanged. */
export function noResponseProblem(error: unknown, isWrite: boolean): unknown {
  const timedOut = error instanceof TimedOut;
  if (!timedOut && !(error instanceof TypeError)) return error;
  const [code, message] = timedOut
    ? [TIMED_OUT, 'The shop did not respond in time.']
    : [UNREACHABLE, isWrite ? 'The shop did not respond. Check your connection.' : 'The shop could not be reached. Check your connection.'];
  return new Problem(0, { code, message: isWrite ? `${message} ${UNKNOWN_OUTCOME}` : message }, undefined, isWrite);
}

/** The problem of an error response, whether from the API or a proxy. */
export function problemFromResponse(response: Response, body: unknown, isWrite = false): Problem {
  const retryAfter = parseRetryAfter(response.headers.get('retry-after'));
  if (isObject(body) && typeof body['code'] === 'string') return new Problem(response.status, body, retryAfter);
  // Not from the API: a gateway or proxy gave up, and the request may still have taken effect.
  if (isWrite && response.status >= 500) {
    return new Problem(response.status, { code: TIMED_OUT, message: `The shop did not respond. ${UNKNOWN_OUTCOME}` }, retryAfter, true);
  }
  return new Problem(response.status, { code: 'unknown', message: statusMessage(response.status) }, retryAfter);
}

/** Any error as a `Problem`: others are missing responses, or bugs. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const networkProblem = noResponseProblem(error, false);
  if (networkProblem instanceof Problem) return networkProblem;
  return new Problem(0, { code: 'unknown', message: 'Something went wrong on this page.' });
}

/** In seconds. The API never sends a date. */
export function parseRetryAfter(header: string | null): number | undefined {
  const seconds = Number(header);
  return header !== null && Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}

export function formatWait(seconds: number): string {
  if (seconds < 90) return seconds <= 1 ? 'a second' : `${Math.ceil(seconds)} seconds`;
  if (seconds <= 90 * 60) return `${Math.ceil(seconds / 60)} minutes`;
  return `${Math.ceil(seconds / 3600)} hours`;
}

/** The message, with how long to wait if the API says so. */
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
