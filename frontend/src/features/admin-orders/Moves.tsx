import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button } from '@/components/ui/Button';
import { Confirm } from '@/components/ui/Confirm';
import { toast } from '@/components/ui/Toasts';
import { api, ok } from '@/lib/api/client';
import { asProblem } from '@/lib/api/problem';
import type { OrderStatus, OrderWithTimeline } from '@/lib/api/types';
import { mayBeCancelled, next } from './moves';
import { afterMove } from './queries';

const DONE: Partial<Record<OrderStatus, string>> = {
  shipped: 'is on its way. Its customer is told.',
  delivered: 'has arrived. Its customer is told.',
  cancelled: 'is cancelled. Its customer is told.',
};

/** What can be done with an order as it stands. Where it moved meanwhile, the shop says so and the page shows it. */
export function Moves({ order }: { order: OrderWithTimeline }) {
  const queries = useQueryClient();
  const move = useMutation({
    mutationFn: (status: OrderStatus) => ok(api.PUT('/api/orders/{id}', { params: { path: { id: order.id } }, body: { status } })),
    onSuccess: ({ status }) => toast(`Order ${order.id} ${DONE[status] ?? `is ${status} now.`}`, 'good'),
    onError: (error) => toast(asProblem(error).message, 'bad'),
    onSettled: () => afterMove(queries),
  });
  const step = next(order.status);
  return (
    <>
      {mayBeCancelled(order.status) && (
        <Confirm
          trigger="Cancel the order"
          size="m"
          title={`Cancel order ${order.id}?`}
          action="Cancel the order"
          onConfirm={() => move.mutateAsync('cancelled')}
        >
          {order.status === 'confirmed'
            ? 'The goods go back on the shelf, and what is left of the payment goes back to the customer.'
            : 'It was never paid, so no money moves.'}
        </Confirm>
      )}
      {step && (
        <Button look="primary" busy={move.isPending} onClick={() => move.mutate(step.to)}>
          {step.action}
        </Button>
      )}
    </>
  );
}
