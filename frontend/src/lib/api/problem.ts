import type { FieldError, Order, ProblemBody } from './types';

/** One line of an order that cannot be had; what 409 `insufficient_stock` carries. */
export type Shortage = { productId: number; requested: number; available: number };

/** The code of a request that got no answer at all. */
export const UNREACHABLE = 'unreachable';

/** What went wrong with a request: the API's problem+json, or that there was no answer. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: readonly FieldError[];
  readonly requestId: string | undefined;
  /** In how many seconds to try again, where the answer said so. */
  readonly retryAfter: number | undefined;
  readonly #body: Record<string, unknown>;

  constructor(status: number, body: Partial<ProblemBody>, retryAfter?: number) {
    super(body.message ?? body.detail ?? 'Something went wrong.');
    this.name = 'Problem';
    this.status = status;
    this.code = body.code ?? 'unknown';
    this.fields = body.errors ?? [];
    this.requestId = body.requestId;
    this.retryAfter = retryAfter;
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

/** Reads an answer that is no success, whatever sent it. */
export function problemOf(response: Response, body: unknown): Problem {
  const retryAfter = secondsOf(response.headers.get('retry-after'));
  if (isObject(body) && typeof body['code'] === 'string') return new Problem(response.status, body, retryAfter);
  return new Problem(response.status, { code: 'unknown', message: plainly(response.status) }, retryAfter);
}

/** Any error as a problem: what is none of ours was a request without an answer, or a bug of ours. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof TypeError) {
    return new Problem(0, { code: UNREACHABLE, message: 'The shop cannot be reached. Is there a connection?' });
  }
  return new Problem(0, { code: 'unknown', message: 'Something went wrong on this page.' });
}

/** What `Retry-After` asks for, in seconds; the API never sends a date. */
export function secondsOf(header: string | null): number | undefined {
  const seconds = Number(header);
  return header !== null && Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}

/** A wait as a person would say it. */
export function spokenWait(seconds: number): string {
  if (seconds < 90) return seconds <= 1 ? 'a second' : `${Math.ceil(seconds)} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}

function plainly(status: number): string {
  if (status === 429) return 'Too many requests. Please try again later.';
  if (status >= 500) return 'The shop has a problem at the moment. Please try again later.';
  return 'The shop did not accept this.';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isShortage(value: unknown): value is Shortage {
  return isObject(value) && ['productId', 'requested', 'available'].every((key) => typeof value[key] === 'number');
}
