import { useQueryClient } from '@tanstack/react-query';
import { Link, useLocation, useParams, useSearchParams } from 'react-router';
import { Page } from '@/components/ui/Page';
import { RetryPayment } from '@/features/checkout/RetryPayment';
import { usePurchase } from '@/features/checkout/usePurchase';
import { LinkedOrder } from '@/features/orders/LinkedOrder';
import { OrderList } from '@/features/orders/OrderList';
import { OrderView } from '@/features/orders/OrderView';
import type { OrderWithTimeline } from '@/lib/api/types';
import { parseId } from '@/lib/id';
import { hasAccount, useUser } from '@/lib/session';
import { loginPath, UserOnly } from '../guards';
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

/** An order of the user or the guest; or one by its link, for everyone. */
export function OrderPage() {
  const user = useUser();
  const location = useLocation();
  const id = parseId(useParams()['id']);
  const [params] = useSearchParams();
  const key = params.get('key') ?? '';
  if (id === undefined) return <NotFoundPage />;
  const linked = key === '' ? undefined : <LinkedOrder key={key} id={id} orderKey={key} logIn={user && hasAccount(user) ? undefined : loginPath(location)} />;
  if (linked && !user) return <Page title={`Order ${id}`}>{linked}</Page>;
  return (
    <UserOnly>
      <OwnOrder id={id} linked={linked} />
    </UserOnly>
  );
}

/** `linked`: shown instead if the user has no such order. */
function OwnOrder({ id, linked }: { id: number; linked: React.ReactNode }) {
  const user = useUser();
  const state: unknown = useLocation().state;
  const isNew = typeof state === 'object' && state !== null && 'isNew' in state;
  return (
    <Page title={`Order ${id}`} lead={<Link to="/orders">All orders</Link>}>
      {user && (
        <OrderView
          key={`${user.id} ${id}`}
          user={user}
          id={id}
          isNew={isNew}
          retryPayment={(order) => <OrderPayment userId={user.id} order={order} />}
          notFound={linked}
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
