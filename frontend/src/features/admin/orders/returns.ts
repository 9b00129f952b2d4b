import type { OrderWithTimeline, RequestReturn, Return, ReturnStatus, UpdateReturn } from '@/lib/api/types';
import type { ReturnablePieces } from '@/lib/returns';
import { fieldProblem, parseFields, requireText } from '@/lib/validate';
import { parseQuantity } from '../lib/parse';
import { quantityField } from './shipments';

export const RETURN_STATUSES = ['requested', 'approved', 'rejected', 'received'] as const satisfies readonly ReturnStatus[];

export function isReturnStatus(text: string | null): text is ReturnStatus {
  return RETURN_STATUSES.some((status) => status === text);
}

/** The decisions that an admin may make. The API enforces them. */
export function nextDecisions(status: ReturnStatus): UpdateReturn['status'][] {
  if (status === 'requested') return ['approved', 'rejected', 'received'];
  return status === 'approved' ? ['rejected', 'received'] : [];
}

/** As long as the API accepts. */
export const MAX_TEXT = 500;

/** A return on behalf of the customer. Throws a problem that names every wrong field. */
export function returnRequest(pieces: readonly ReturnablePieces[], text: (field: string) => string): RequestReturn {
  return parseFields({
    items: () => {
      const items = parsePieces(pieces, quantityField, text);
      const [first] = pieces;
      if (items.length === 0 && first) throw fieldProblem(quantityField(first.productId), 'must be 1 or more, or another quantity must');
      return items;
    },
    reason: () => requireText(text('reason'), 'reason'),
  });
}

/** The name of the field with the pieces of a line that go back on sale. */
export function restockField(productId: number): string {
  return `restock-${productId}`;
}

/** What arrived, and which of its pieces go back on sale. Throws a problem that names every wrong field. */
export function receiveRequest({ items }: Pick<Return, 'items'>, text: (field: string) => string): UpdateReturn {
  const restock = parsePieces(items, restockField, text);
  return { status: 'received', ...(restock.length > 0 && { restock }), ...noteOf(text) };
}

export function rejectRequest(text: (field: string) => string): UpdateReturn {
  return { status: 'rejected', ...noteOf(text) };
}

function noteOf(text: (field: string) => string): { note?: string } {
  const note = text('note').trim();
  return note === '' ? {} : { note };
}

type Pieces = { productId: number; quantity: number };

/** The typed quantities that are not 0. An empty field is 0. */
function parsePieces(most: readonly Pieces[], nameOf: (productId: number) => string, text: (field: string) => string): Pieces[] {
  const parsed = parseFields(
    Object.fromEntries(
      most.map(({ productId, quantity: max }) => {
        const field = nameOf(productId);
        return [
          field,
          () => {
            const quantity = text(field).trim() === '' ? 0 : parseQuantity(text(field), field);
            if (quantity > max) throw fieldProblem(field, `must be ${max} or less`);
            return quantity;
          },
        ];
      }),
    ),
  );
  return most.map(({ productId }) => ({ productId, quantity: parsed[nameOf(productId)] ?? 0 })).filter(({ quantity }) => quantity > 0);
}

/** The name that a product has in the order. */
export function nameIn({ items }: Pick<OrderWithTimeline, 'items'>, productId: number): string {
  return items.find((line) => line.productId === productId)?.name ?? `Product ${productId}`;
}
