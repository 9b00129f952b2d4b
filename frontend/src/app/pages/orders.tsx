import { useQueryClient } from '@tanstack/react-query';
import { Link, useLocation, useParams } from 'react-router';
import { Page } from '@/components/ui/Page';
import { RetryPayment } from '@/features/checkout/RetryPayment';
import { usePurchase } from '@/features/checkout/usePurchase';
import { OrderList } from '@/features/orders/OrderList';
import { OrderView } from '@/features/orders/OrderView';
import type { OrderWithTimeline } from '@/lib/api/types';
import { parseId } from '@/lib/id';
import { useUser } from '@/lib/session';
import { refreshOrdersAndStock, removeFromBasket } from './afterPurchase';
import { NotFoundPage } from './fallbacks';

export function OrdersPage() {
  const user = useUser();
  return (
    <Page title="Your orders" narrow>
      {user && <OrderList key={user.id} userId={user.id} />}
    </Page>
  );
}

export function OrderPage() {
  const user = useUser();
  const id = parseId(useParams()['id']);
  const state: unknown = useLocation().state;
  if (id === undefined) return <NotFoundPage />;
  const isNew = typeof state === 'object' && state !== null && 'isNew' in state;
  return (
    <Page title={`Order ${id}`} lead={<Link to="/orders">All orders</Link>}>
      {user && (
        <OrderView
          key={`${user.id} ${id}`}
          userId={user.id}
          id={id}
          isNew={isNew}
          retryPayment={(order) => <OrderPayment userId={user.id} order={order} />}
        />
      )}
    </Page>
  );
}

function OrderPayment({ userId, order }: { userId: number; order: OrderWithTimeline }) {
  const queries = useQueryClient();
  const refresh = () => refreshOrdersAndStock(queries);
  const purchase = usePurchase(userId, { onFirstSuccess: removeFromBasket, onSuccess: refresh, onProblem: refresh });
  return <RetryPayment userId={userId} state={purchase} order={order} />;
}
