import { api, unwrap } from '@/lib/api/client';
import { Problem } from '@/lib/api/problem';
import type { Address, Order, PlaceOrder } from '@/lib/api/types';
import { formatDateTime } from '@/lib/dates';
import type { Attempt } from '@/lib/idempotency/attempt';
import type { Bill } from '@/lib/moneyLines';
import type { CheckoutLine } from './CheckoutLines';

/** A customer has one purchase at a time: a new order, or the payment of an unpaid one. */
export const PURCHASE_SUBJECT = 'purchase';

/** The request body: a new order, or the payment of an existing one. */
export type Purchase = PlaceBody | { orderId: number; method: string };
type PlaceBody = PlaceOrder & { total: number; payment: { method: string } };
/** Where a new order goes, how, and with which discount. */
export type OrderTerms = Pick<PlaceOrder, 'email' | 'shippingAddress' | 'shippingMethodId' | 'discountCode'>;
export type PurchaseResult = { orderId: number };

export type ItemQuantity = { productId: number; quantity: number };

export function newOrder(items: readonly ItemQuantity[], total: number, method: string, terms: OrderTerms = {}): Purchase {
  return { items: items.map(({ productId, quantity }) => ({ productId, quantity })), total, payment: { method }, ...terms };
}

/** An order that is already paid counts as a success. */
export async function sendPurchase(key: string, body: Purchase): Promise<PurchaseResult> {
  const params = { header: { 'Idempotency-Key': key } };
  if (!('orderId' in body)) return { orderId: (await unwrap(api.POST('/api/orders', { params, body }))).id };
  const { orderId } = body;
  try {
    await unwrap(api.POST('/api/payments', { params, body }));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 429 && !(await isPaid(orderId))) throw tooManyPayments(error);
    if (error.status !== 429 && error.code !== 'already_paid') throw error;
  }
  return { orderId };
}

/** The code of a payment that the API rejected because of its rate limit. */
export const TOO_MANY_PAYMENTS = 'tried_too_often';

/**
 * The rate limit is checked before the idempotency key, so it does not tell the outcome of an earlier
 * request. The order does.
 */
async function isPaid(orderId: number): Promise<boolean> {
  const { status } = await unwrap(api.GET('/api/orders/{id}', { params: { path: { id: orderId } } }));
  return ['confirmed', 'partially_shipped', 'shipped', 'delivered'].includes(status);
}

function tooManyPayments({ retryAfter, requestId }: Problem): Problem {
  const when = retryAfter === undefined ? 'later' : `after ${formatDateTime(new Date(Date.now() + retryAfter * 1000).toISOString())}`;
  const message = `You can try again ${when}.`;
  return new Problem(409, { code: TOO_MANY_PAYMENTS, message, ...(requestId !== undefined && { requestId }) }, retryAfter);
}

/** An open attempt with what the page displays. */
export type OpenPurchase = {
  attempt: Attempt;
  /** Undefined for a new order. */
  orderId: number | undefined;
  method: string;
  lines: readonly CheckoutLine[];
  total: number;
  /** What leads to the total. Undefined if another version of the shop stored the attempt. */
  bill: Bill | undefined;
  /** Where a new order goes. */
  address: Address | undefined;
};

/** What the page shows of a purchase while its outcome is unknown. Stored with the attempt. */
export type ShownPurchase = { lines: readonly CheckoutLine[]; total: number; bill: Bill };

/** The stored attempt may come from another version of the shop. */
export function parsePurchase(attempt: Attempt): OpenPurchase {
  const { orderId, method, total, payment, shippingAddress } = attempt.body as Partial<PlaceBody & { orderId: number; method: string }>;
  const shown = attempt.shown as { lines?: unknown; total?: unknown; bill?: unknown } | null | undefined;
  const lines = Array.isArray(shown?.lines) ? (shown.lines as CheckoutLine[]) : [];
  const knownTotal = [total, shown?.total].find((value) => typeof value === 'number') ?? 0;
  return { attempt, orderId, method: method ?? payment?.method ?? '', lines, total: knownTotal, bill: isBill(shown?.bill) ? shown.bill : undefined, address: shippingAddress ?? undefined };
}

function isBill(value: unknown): value is Bill {
  return typeof value === 'object' && value !== null && ['subtotal', 'discount', 'shipping', 'tax', 'total'].every((key) => typeof (value as Record<string, unknown>)[key] === 'number');
}

/** Whether an order has exactly these items, in any order. */
export function hasSameItems(order: Pick<Order, 'items'>, items: readonly ItemQuantity[]): boolean {
  const same = items.every(({ productId, quantity }) => order.items.some((line) => line.productId === productId && line.quantity === quantity));
  return order.items.length === items.length && same;
}

/** An order's items as checkout lines. They cannot be changed. */
export function orderLines(order: Pick<Order, 'items'>): CheckoutLine[] {
  return order.items.map(({ productId, name, quantity, price }) => ({ productId, name, image: undefined, quantity, price, seenPrice: price, stock: quantity }));
}
