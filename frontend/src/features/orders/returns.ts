import type { OrderWithTimeline, RequestReturn, ReturnStatus } from '@/lib/api/types';
import { type ReturnablePieces, returnablePieces } from '@/lib/returns';
import { fieldProblem, parseFields, requireText } from '@/lib/validate';

export const RETURN_STATUS: Record<ReturnStatus, { label: string; description: string }> = {
  requested: { label: 'Return requested', description: 'We will look at it and tell you what to do next.' },
  approved: { label: 'Return approved', description: 'Please send the items back to us.' },
  rejected: { label: 'Return declined', description: 'We cannot take these items back.' },
  received: { label: 'Return received', description: 'We have received these items.' },
};

/** As long as the API accepts. */
export const MAX_REASON = 500;

/**
 * The pieces of which the customer may ask for a return. The time for it begins when everything has arrived; then the
 * API says until when.
 */
export function piecesToReturn(order: OrderWithTimeline, now: number): ReturnablePieces[] {
  const { returnableUntil, status } = order;
  const open = returnableUntil ? now <= Date.parse(returnableUntil) : status !== 'delivered';
  return open ? returnablePieces(order) : [];
}

/** The name of a line's field. */
export function quantityField(productId: number): string {
  return `quantity-${productId}`;
}

/** The request for what was chosen. Throws a problem that names every wrong field. */
export function returnRequest(pieces: readonly ReturnablePieces[], text: (field: string) => string): RequestReturn {
  return parseFields({
    items: () => {
      const items = pieces.map(({ productId }) => ({ productId, quantity: Number(text(quantityField(productId))) })).filter(({ quantity }) => quantity > 0);
      const [first] = pieces;
      if (items.length === 0 && first) throw fieldProblem(quantityField(first.productId), 'choose at least one item');
      return items;
    },
    reason: () => requireText(text('reason'), 'reason'),
  });
}

/** One attempt per order: the outcome of the last request must be known before the next one is sent. */
export function returnSubject(orderId: number): string {
  return `return ${orderId}`;
}
