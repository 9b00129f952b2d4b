import { api, unwrap } from '@/lib/api/client';
import type { Return, UpdateReturn } from '@/lib/api/types';

/** Repeating it is safe: the same decision again changes nothing. */
export function decideReturn({ id, orderId }: Pick<Return, 'id' | 'orderId'>, body: UpdateReturn): Promise<Return> {
  return unwrap(api.PUT('/api/orders/{id}/returns/{returnId}', { params: { path: { id: orderId, returnId: id } }, body }));
}
