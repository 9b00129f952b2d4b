import { useQueryClient } from '@tanstack/react-query';
import { Confirm } from '@/components/ui/Confirm';
import { toast } from '@/components/ui/Toasts';
import { api, unwrap } from '@/lib/api/client';
import { problemMessage } from '@/lib/api/problem';
import type { Order } from '@/lib/api/types';

/** Calls an order off. If it has left meanwhile, the shop says so and the page shows it. */
export function Cancel({ order }: { order: Pick<Order, 'id' | 'status' | 'userId'> }) {
  const queries = useQueryClient();
  const cancel = async () => {
    try {
      await unwrap(api.PUT('/api/orders/{id}', { params: { path: { id: order.id } }, body: { status: 'cancelled' } }));
      toast(`Order ${order.id} has been cancelled.`, 'good');
    } catch (error) {
      toast(problemMessage(error), 'bad');
    }
    await queries.invalidateQueries({ queryKey: ['mine', order.userId] });
    await queries.invalidateQueries({ queryKey: ['products'] });
  };
  return (
    <Confirm trigger="Cancel order" triggerLabel={`Cancel order ${order.id}`} title={`Cancel order ${order.id}?`} action="Cancel order" refuse="Keep order" onConfirm={cancel}>
      {order.status === 'confirmed' ? 'Your payment will be refunded.' : 'You have not been charged for it.'}
    </Confirm>
  );
}
