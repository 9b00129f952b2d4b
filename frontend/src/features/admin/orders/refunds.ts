import type { OrderLine, OrderWithTimeline, Payment, RefundPayment } from '@/lib/api/types';
import { formatMoney } from '@/lib/money';
import { fieldProblem, parseFields } from '@/lib/validate';
import { parseAmount, parseQuantity } from '../lib/parse';
import { quantityField } from './shipments';

/** How the money of a refund is chosen. */
export const REFUND_KINDS = { amount: 'Amount', items: 'Items' } as const;
export type RefundKind = keyof typeof REFUND_KINDS;

/** A line, with the pieces of it that were refunded before. Refunds by amount are of no pieces. */
export type RefundableLine = Pick<OrderLine, 'productId' | 'name' | 'quantity' | 'total'> & { refunded: number };

export type Refundable = {
  /** What is left of the payment. */
  left: number;
  lines: readonly RefundableLine[];
  /** What was paid for shipping, with tax. The API refunds it once, together with items. */
  shipping: number;
};

export function refundable(order: OrderWithTimeline, { refunds }: Pick<Payment, 'refunds'>, left: number): Refundable {
  const refunded = refunds.flatMap(({ items }) => items ?? []);
  const lines = order.items.map(({ productId, name, quantity, total }) => {
    const pieces = refunded.filter((line) => line.productId === productId).reduce((sum, line) => sum + line.quantity, 0);
    return { productId, name, quantity, total, refunded: pieces };
  });
  const paid = toCents(order.shipping) + (order.taxIncluded ? 0 : toCents(order.shippingTax));
  return { left, lines, shipping: paid / 100 };
}

/**
 * What the next pieces of a line cost, as the API computes it: the rounded share of all refunded pieces, less that
 * of the earlier ones. So all pieces together cost the line's total, whatever the order of refunds.
 */
export function piecesAmount({ total, quantity, refunded }: Omit<RefundableLine, 'productId' | 'name'>, pieces: number): number {
  const share = (count: number) => Math.floor((2 * toCents(total) * count + quantity) / (2 * quantity));
  return (share(refunded + pieces) - share(refunded)) / 100;
}

/** The amount of what is chosen; undefined while a field is wrong. */
export function chosenAmount(of: Refundable, text: (field: string) => string): number | undefined {
  try {
    const { items, shipping } = parseChoice(of, text);
    const lines = items.map(({ productId, quantity }) => {
      const line = of.lines.find((one) => one.productId === productId);
      return line ? toCents(piecesAmount(line, quantity)) : 0;
    });
    return (lines.reduce((sum, cents) => sum + cents, 0) + (shipping ? toCents(of.shipping) : 0)) / 100;
  } catch {
    return undefined;
  }
}

/** The request for what was typed. Throws a problem that names every wrong field. */
export function refundRequest(kind: RefundKind, of: Refundable, text: (field: string) => string): RefundPayment {
  const typed = text('reason').trim();
  const reason = typed === '' ? {} : { reason: typed };
  if (kind === 'amount') {
    const amount = parseAmount(text('amount'), 'amount');
    // `all` instead of the amount: it stays correct if another admin refunds a part in the meantime.
    return amount.toFixed(2) === of.left.toFixed(2) ? { all: true, ...reason } : { amount, ...reason };
  }
  const { items, shipping } = parseChoice(of, text);
  const [first] = of.lines;
  if (items.length === 0 && first) throw fieldProblem(quantityField(first.productId), 'must be 1 or more, or another quantity must');
  return { items, ...(shipping && { shipping }), ...reason };
}

function parseChoice({ lines }: Refundable, text: (field: string) => string) {
  const quantities = parseFields(
    Object.fromEntries(
      lines.map(({ productId, quantity, refunded }) => {
        const field = quantityField(productId);
        return [field, () => parsePieces(text(field), field, quantity - refunded)];
      }),
    ),
  );
  const items = lines.map(({ productId }) => ({ productId, quantity: quantities[quantityField(productId)] ?? 0 }));
  return { items: items.filter(({ quantity }) => quantity > 0), shipping: text('shipping') !== '' };
}

function parsePieces(text: string, field: string, most: number): number {
  const quantity = text.trim() === '' ? 0 : parseQuantity(text, field);
  if (quantity > most) throw fieldProblem(field, `must be ${most} or less`);
  return quantity;
}

/** The request as the subject of a sentence. */
export function describeRefund(body: RefundPayment, currency: string): string {
  if ('items' in body) return `A refund of items${body.shipping ? ' and shipping' : ''}`;
  return 'all' in body ? 'A refund of the remaining amount' : `A refund of ${formatMoney(body.amount, currency)}`;
}

function toCents(amount: number): number {
  return Math.round(amount * 100);
}
