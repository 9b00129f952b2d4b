import type { paths } from '@/lib/api/schema.gen';
import type { Stock } from '@/lib/api/types';
import { capitalize, formatCount } from '@/lib/text';
import { fieldProblem, parseFields } from '@/lib/validate';
import { parseInteger, parseQuantity } from '../lib/parse';

export type Movement = paths['/api/inventory/{productId}']['put']['requestBody']['content']['application/json'];

export const MOVEMENT_TYPES = { in: 'Received', out: 'Removed', count: 'Stock count' } as const;
export type MovementType = keyof typeof MOVEMENT_TYPES;

/** The type determines the sign: received and removed quantities must be positive. */
export function parseMovement(type: MovementType, text: string, reason: string): Movement {
  const { number, reasonField } = parseFields({
    number: () => (type === 'count' ? parseQuantity(text, 'quantity') : parseDelta(type, text)),
    reasonField: () => (reason.trim() === '' ? {} : { reason: reason.trim() }),
  });
  if (type === 'count') return { quantity: number, ...reasonField };
  return { delta: type === 'out' ? -number : number, ...reasonField };
}

function parseDelta(type: 'in' | 'out', text: string): number {
  const number = parseInteger(text, 'quantity');
  if (number >= 1) return number;
  const other = type === 'in' ? 'out' : 'in';
  throw fieldProblem('quantity', number === 0 ? 'must be at least 1' : `must be at least 1. To ${other === 'out' ? 'remove' : 'add'} stock, choose “${MOVEMENT_TYPES[other]}”`);
}

/** A change above this is probably a typing error. */
const LARGE_CHANGE = 1_000;

/** Why a movement needs confirmation, if it does: it is probably a typing error. */
export function movementWarning(stock: Stock, movement: Movement): string | undefined {
  const quantity = 'quantity' in movement ? movement.quantity : stock.quantity + movement.delta;
  const change = Math.abs(quantity - stock.quantity);
  if (change >= LARGE_CHANGE && change > 2 * stock.quantity) return `Stock changes from ${stock.quantity.toLocaleString('en')} to ${formatCount(quantity, 'unit')}.`;
  if (quantity === 0 && stock.quantity > 0) return 'Stock drops to 0: the product will be sold out.';
  return undefined;
}

/** The stock after a movement that is being typed; undefined if it is not a number yet. */
export function stockAfter(stock: Stock, type: MovementType, text: string): { quantity: number; available: number } | undefined {
  if (!/^\d{1,10}$/.test(text.trim())) return undefined;
  const number = Number(text);
  const quantity = type === 'count' ? number : type === 'in' ? stock.quantity + number : stock.quantity - number;
  return { quantity, available: quantity - stock.reserved };
}

/** Why the stock cannot be less than the reserved quantity. */
export function reservedText({ reserved }: Pick<Stock, 'reserved'>): string {
  const [are, orders] = reserved === 1 ? ['is', 'an order'] : ['are', 'orders'];
  return `${formatCount(reserved, 'unit')} ${are} reserved for ${orders} being paid right now, so at least ${reserved} must remain. Reservations end within minutes: wait, or cancel the orders.`;
}

/** Reasons that the API records for changes without a reason of their own. */
const REASON_LABELS: Readonly<Record<string, string>> = { 'set with the product': 'Set in the product form', moved: 'Adjusted' };

/** A reason in the ledger: `sold` is `Sold`. */
export function reasonLabel(reason: string): string {
  return REASON_LABELS[reason] ?? capitalize(reason);
}

/** The form has one field for the API's `quantity` and `delta`. */
export function toFormField(field: string): string {
  return field === 'delta' ? 'quantity' : field;
}

/** `+5`, `−3`. */
export function formatDelta(delta: number): string {
  return delta > 0 ? `+${delta.toLocaleString('en')}` : delta.toLocaleString('en').replace('-', '−');
}
