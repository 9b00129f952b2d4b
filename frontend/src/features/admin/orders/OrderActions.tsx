import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ConfirmButton } from '@/components/ui/ConfirmButton';
import { showToast } from '@/components/ui/Toasts';
import { api, unwrap } from '@/lib/api/client';
import { problemMessage } from '@/lib/api/problem';
import type { OrderStatus, OrderWithTimeline } from '@/lib/api/types';
import styles from './Orders.module.css';
import { paymentsQuery, refreshOrders } from './queries';
import { isShippable } from './shipments';
import { canCancel, isRefunded, nextTransition } from './transitions';

const TOAST_TEXTS: Partial<Record<OrderStatus, string>> = {
  shipped: 'has been marked as shipped. The customer has been notified.',
  delivered: 'has been marked as delivered. The customer has been notified.',
  cancelled: 'has been cancelled. The customer has been notified.',
};

/** The status changes that an admin can make. If the order has changed in the meantime, the API rejects them and the page refreshes. */
export function OrderActions({ order }: { order: OrderWithTimeline }) {
  const queries = useQueryClient();
  const changeStatus = useMutation({
    mutationFn: (status: OrderStatus) => unwrap(api.PUT('/api/orders/{id}', { params: { path: { id: order.id } }, body: { status } })),
    onSuccess: ({ status }) => showToast(`Order ${order.id} ${TOAST_TEXTS[status] ?? `is now ${status}.`}`, 'good'),
    onError: (error) => showToast(problemMessage(error), 'bad'),
    onSettled: () => refreshOrders(queries),
  });
  const payments = useQuery(paymentsQuery(order.id));
  const refunded = isShippable(order.status) && payments.data !== undefined && isRefunded(payments.data);
  const transition = refunded ? undefined : nextTransition(order.status);
  return (
    <>
      {canCancel(order.status) && (
        <ConfirmButton
          label="Cancel order"
          size="m"
          title={`Cancel order ${order.id}?`}
          confirmLabel="Cancel order"
          cancelLabel="Keep order"
          onConfirm={() => changeStatus.mutateAsync('cancelled')}
        >
          {order.status === 'confirmed'
            ? 'The items are restocked and the remaining payment is refunded. The customer is notified.'
            : 'It was never paid, so there is nothing to refund. The customer is notified.'}
        </ConfirmButton>
      )}
      {refunded && <p className={styles.explanation}>This order was fully refunded, so it cannot be shipped.{order.status === 'confirmed' && ' Cancel it to restock the items.'}</p>}
      {transition && (
        <ConfirmButton
          label={transition.action}
          variant="primary"
          size="m"
          title={transition.question}
          confirmLabel={transition.action}
          cancelLabel="Not yet"
          onConfirm={() => changeStatus.mutateAsync(transition.to)}
        >
          {transition.consequence}
        </ConfirmButton>
      )}
    </>
  );
}
