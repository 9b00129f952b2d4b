import { useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';
import { ButtonLink } from '@/components/ui/Button';
import { EmptyState, LoadError, Loading, Skeleton } from '@/components/ui/State';
import { toProblem } from '@/lib/api/problem';
import { formatDateTime } from '@/lib/dates';
import { parseId } from '@/lib/id';
import { AdminPage, Columns, Stack } from '../components/AdminPage';
import { OrderStatusBadge } from '../components/Badge';
import { CustomerCard } from './CustomerCard';
import { DeliveryCard } from './DeliveryCard';
import { OrderActions } from './OrderActions';
import { OrderItems } from './OrderItems';
import { Payments } from './Payments';
import { orderQuery } from './queries';
import { Returns } from './Returns';
import { Shipments } from './Shipments';
import { Timeline } from './Timeline';

const PARENT = { to: '/admin/orders', label: 'Orders' };

export function OrderPage() {
  const id = parseId(useParams()['id']);
  return id === undefined ? <NoSuchOrder /> : <Order id={id} />;
}

function Order({ id }: { id: number }) {
  const { data: order, error, isPending, refetch } = useQuery(orderQuery(id));
  if (!order && error && toProblem(error).status === 404) return <NoSuchOrder />;
  return (
    <AdminPage
      title={`Order ${id}`}
      parent={PARENT}
      lead={
        order && (
          <>
            <OrderStatusBadge status={order.status} /> placed {formatDateTime(order.createdAt)}
          </>
        )
      }
      actions={order && <OrderActions order={order} />}
    >
      {isPending && (
        <Loading what="the order">
          <Skeleton lines={8} />
        </Loading>
      )}
      {error && <LoadError error={error} onRetry={() => void refetch()} />}
      {order && (
        <Columns>
          <Stack>
            <OrderItems order={order} />
            <Shipments order={order} />
            <Returns order={order} />
            <Payments order={order} />
          </Stack>
          <Stack>
            <CustomerCard order={order} />
            <DeliveryCard order={order} />
            <Timeline order={order} />
          </Stack>
        </Columns>
      )}
    </AdminPage>
  );
}

function NoSuchOrder() {
  return (
    <AdminPage title="Not found" parent={PARENT}>
      <EmptyState icon="package" title="Order not found">
        <ButtonLink to="/admin/orders">All orders</ButtonLink>
      </EmptyState>
    </AdminPage>
  );
}
