import { api, unwrap } from '@/lib/api/client';
import { Problem } from '@/lib/api/problem';
import type { Stock } from '@/lib/api/types';
import { sendOnce } from '@/lib/idempotency/send';
import { type Movement, toFormField } from './movement';

/** A movement, and for a count the version of the stock that was shown. */
export type MovementRequest = { movement: Movement; etag?: string };

/** One attempt per product: the outcome of the last change must be known before the next one is sent. */
export function attemptSubject(productId: number): string {
  return `stock ${productId}`;
}

/**
 * Changes a product's stock once, even if it is submitted twice or resent after a lost response. A count is
 * applied only if the stock has not changed since it was shown.
 */
export function saveMovementOnce(productId: number, etag: string | null, movement: Movement): Promise<Stock> {
  const request = 'quantity' in movement && etag !== null ? { movement, etag } : { movement };
  return sendOnce<MovementRequest, Stock>(attemptSubject(productId), request, saveMovement(productId));
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
