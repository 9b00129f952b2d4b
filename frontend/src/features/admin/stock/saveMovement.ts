import { api, unwrap } from '@/lib/api/client';
import { Problem } from '@/lib/api/problem';
import type { Stock } from '@/lib/api/types';
import { sendOnce } from '@/lib/idempotency/send';
import { type Movement, toFormField } from './movement';

/** A movement, and for a count the stock that its counter saw. */
export type MovementRequest = { movement: Movement; etag?: string };

/** What may have been moved already is found out before the same product is moved again. */
export function attemptSubject(productId: number): string {
  return `stock ${productId}`;
}

/**
 * Moves a product's stock, once: pressed twice, or sent again after a lost answer, five pieces do not
 * become ten. A count is only taken while the stock is still as its counter saw it.
 */
export function saveMovementOnce(productId: number, etag: string | null, movement: Movement): Promise<Stock> {
  const counted = 'quantity' in movement && etag !== null ? { movement, etag } : { movement };
  return sendOnce<MovementRequest, Stock>(attemptSubject(productId), counted, saveMovement(productId));
}

export function saveMovement(productId: number) {
  return async (key: string, { movement, etag }: MovementRequest): Promise<Stock> => {
    const header = { 'Idempotency-Key': key, ...(etag !== undefined && { 'If-Match': etag }) };
    try {
      return await unwrap(api.PUT('/api/inventory/{productId}', { params: { path: { productId }, header }, body: movement }));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const errors = error.fields.map(({ field, message }) => ({ field: toFormField(field), message }));
      throw new Problem(error.status, { code: error.code, message: error.message, errors }, error.retryAfter);
    }
  };
}
