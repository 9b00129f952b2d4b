import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { ButtonLink } from '@/components/ui/Button';
import { EmptyState, LoadError, Loading, Notice, Skeleton } from '@/components/ui/State';
import { toProblem } from '@/lib/api/problem';
import type { OrderWithTimeline, User } from '@/lib/api/types';
import { hasAccount } from '@/lib/session';
import { CancelOrder } from './CancelOrder';
import { OrderDetails } from './OrderDetails';
import { OrderLink } from './OrderLink';
import { Payments } from './Payments';
import { orderQuery } from './queries';
import { canCancel } from './status';

type Props = {
  user: User;
  id: number;
  /** The order was just placed. */
  isNew: boolean;
  /** The form that pays an order whose payment was declined. */
  retryPayment: (order: OrderWithTimeline) => ReactNode;
  /** Shown instead if the user has no such order. */
  notFound?: ReactNode;
};

/** An order of the user, with what they can do. */
export function OrderView({ user, id, isNew, retryPayment, notFound }: Props) {
  const { data: order, error, isPending, refetch } = useQuery(orderQuery(user.id, id));
  if (isPending) return <OrderSkeleton />;
  if (!order && toProblem(error).status === 404) {
    return (
      notFound ?? (
        <EmptyState icon="package" title="Order not found">
          <ButtonLink to="/orders">Your orders</ButtonLink>
        </EmptyState>
      )
    );
  }
  if (!order) return <LoadError error={error} onRetry={() => void refetch()} />;
  return (
    <OrderDetails
      order={order}
      viewer={hasAccount(user) ? 'customer' : 'guest'}
      notice={
        <>
          {isNew && order.status === 'confirmed' && <ThankYou order={order} user={user} />}
          {order.status === 'payment_failed' && retryPayment(order)}
        </>
      }
      more={
        <>
          <Payments userId={user.id} orderId={id} currency={order.currency} />
          {order.status !== 'pending' && <OrderLink orderId={id} />}
        </>
      }
      actions={canCancel(order.status) && <CancelOrder order={order} />}
    />
  );
}

export function OrderSkeleton() {
  return (
    <Loading what="the order">
      <Skeleton lines={8} />
    </Loading>
  );
}

function ThankYou({ order, user }: { order: OrderWithTimeline; user: User }) {
  return (
    <Notice tone="good">
      <strong>Thank you! Your order is confirmed.</strong>
      {hasAccount(user) ? (
        <span>You can find it here and in your notifications.</span>
      ) : (
        <>
          <span>A mail with a link to this page is on its way to {order.email ?? user.email}.</span>
          <span>
            With an account you can return items, and find your orders on any device. <Link to="/signup?next=/account">Create an account</Link> with the same email
            address and confirm it: this order is then in it.
          </span>
        </>
      )}
    </Notice>
  );
}
