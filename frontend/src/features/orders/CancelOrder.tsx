import { useQueryClient } from '@tanstack/react-query';
import { ConfirmButton } from '@/components/ui/ConfirmButton';
import { showToast } from '@/components/ui/Toasts';
import { api, unwrap } from '@/lib/api/client';
import { problemMessage } from '@/lib/api/problem';
import type { Order } from '@/lib/api/types';

/** If the order has shipped in the meantime, the API rejects this and the page refreshes. */
export function CancelOrder({ order }: { order: Pick<Order, 'id' | 'status' | 'userId'> }) {
  const queries = useQueryClient();
  const cancel = async () => {
    try {
      await unwrap(api.PUT('/api/orders/{id}', { params: { path: { id: order.id } }, body: { status: 'cancelled' } }));
      showToast(`Order ${order.id} has been cancelled.`, 'good');
    } catch (error) {
      showToast(problemMessage(error), 'bad');
    }
    await queries.invalidateQueries({ queryKey: ['mine', order.userId] });
    await queries.invalidateQueries({ queryKey: ['products'] });
  };
  return (
    <ConfirmButton label="Cancel order" ariaLabel={`Cancel order ${order.id}`} title={`Cancel order ${order.id}?`} confirmLabel="Cancel order" cancelLabel="Keep order" onConfirm={cancel}>
      {order.status === 'confirmed' ? 'Your payment will be refunded.' : 'You have not been charged for it.'}
    </ConfirmButton>
  );
}
