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
  const who = useUser();
  return (
    <Page title="Your orders" narrow>
      {who && <OrderList key={who.id} userId={who.id} />}
    </Page>
  );
}

export function OrderPage() {
  const who = useUser();
  const id = parseId(useParams()['id']);
  const state: unknown = useLocation().state;
  if (id === undefined) return <NotFoundPage />;
  const isNew = typeof state === 'object' && state !== null && 'isNew' in state;
  return (
    <Page title={`Order ${id}`} lead={<Link to="/orders">All orders</Link>}>
      {who && (
        <OrderView
          key={`${who.id} ${id}`}
          userId={who.id}
          id={id}
          isNew={isNew}
          retryPayment={(order) => <Paying userId={who.id} order={order} />}
        />
      )}
    </Page>
  );
}

function Paying({ userId, order }: { userId: number; order: OrderWithTimeline }) {
  const queries = useQueryClient();
  const again = () => refreshOrdersAndStock(queries);
  const buying = usePurchase(userId, { onFirstSuccess: removeFromBasket, onSuccess: again, onProblem: again });
  return <RetryPayment userId={userId} buying={buying} order={order} />;
}
