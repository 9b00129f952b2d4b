import { useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';
import { Columns, Desk, Stack } from '../components/Desk';
import { OrderMark } from '../components/Mark';
import { ButtonLink } from '@/components/ui/Button';
import { Empty, Failed, Loading, Skeleton } from '@/components/ui/State';
import { toProblem } from '@/lib/api/problem';
import { idOf } from '../lib/typed';
import { formatDateTime } from '@/lib/dates';
import { CustomerCard } from './CustomerCard';
import { Lines } from './Lines';
import { Moves } from './Moves';
import { Payments } from './Payments';
import { orderQuery } from './queries';
import { Timeline } from './Timeline';

const ABOVE = { to: '/admin/orders', label: 'Orders' };

export function OrderPage() {
  const id = idOf(useParams()['id']);
  return id === undefined ? <NoSuchOrder /> : <Order id={id} />;
}

function Order({ id }: { id: number }) {
  const { data: order, error, isPending, refetch } = useQuery(orderQuery(id));
  if (!order && error && toProblem(error).status === 404) return <NoSuchOrder />;
  return (
    <Desk
      title={`Order ${id}`}
      above={ABOVE}
      lead={
        order && (
          <>
            <OrderMark status={order.status} /> placed {formatDateTime(order.createdAt)}
          </>
        )
      }
      actions={order && <Moves order={order} />}
    >
      {isPending && (
        <Loading what="the order">
          <Skeleton lines={8} />
        </Loading>
      )}
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {order && (
        <Columns>
          <Stack>
            <Lines order={order} />
            <Payments orderId={order.id} />
          </Stack>
          <Stack>
            <CustomerCard order={order} />
            <Timeline order={order} />
          </Stack>
        </Columns>
      )}
    </Desk>
  );
}

function NoSuchOrder() {
  return (
    <Desk title="Not found" above={ABOVE}>
      <Empty icon="package" title="Order not found">
        <ButtonLink to="/admin/orders">All orders</ButtonLink>
      </Empty>
    </Desk>
  );
}
