import { api, ok } from '@/lib/api/client';
import { Problem } from '@/lib/api/problem';
import type { Stock } from '@/lib/api/types';
import { once } from '@/lib/once';
import { fieldOf, type Movement } from './movement';

/**
 * Moves a product's stock, once: pressed twice, or sent again after a lost answer, five pieces do not
 * become ten. A count is only taken while the stock is still as its counter saw it.
 */
export async function move(productId: number, etag: string | null, movement: Movement): Promise<Stock> {
  const condition = 'quantity' in movement && etag !== null ? { 'If-Match': etag } : {};
  try {
    return await once(`stock ${productId} ${JSON.stringify(movement)}`, (key) =>
      ok(
        api.PUT('/api/inventory/{productId}', {
          params: { path: { productId }, header: { 'Idempotency-Key': key, ...condition } },
          body: movement,
        }),
      ),
    );
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const errors = error.fields.map(({ field, message }) => ({ field: fieldOf(field), message }));
    throw new Problem(error.status, { code: error.code, message: error.message, errors }, error.retryAfter);
  }
}
