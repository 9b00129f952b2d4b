import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useNavigate } from 'react-router';
import { Button } from '@/components/ui/Button';
import { Page } from '@/components/ui/Page';
import { LoadError } from '@/components/ui/State';
import { showToast } from '@/components/ui/Toasts';
import { addressesQuery, saveAddress } from '@/features/account/addresses';
import { acceptPrices, basket } from '@/features/basket/basket';
import { totalOfLines, useBasketLines } from '@/features/basket/lines';
import { Checkout } from '@/features/checkout/Checkout';
import { unpaidOrdersQuery } from '@/features/checkout/outcome';
import { UnpaidOrders } from '@/features/checkout/UnpaidOrders';
import { usePurchase } from '@/features/checkout/usePurchase';
import { CancelOrder } from '@/features/orders/CancelOrder';
import { problemMessage } from '@/lib/api/problem';
import type { Address, Order, User } from '@/lib/api/types';
import { hasAccount, keepUserOnExpiry, useUser } from '@/lib/session';
import { refreshOrdersAndStock, removeFromBasket } from './afterPurchase';
import { basketActions, CheckoutSkeleton, NothingToBuy, toCheckoutLines } from './checkoutStates';
import { VisitorCheckout } from './VisitorCheckout';

/** Errors after which the loaded prices and quantities are out of date. */
const STALE_CATALOG_CODES = ['price_changed', 'insufficient_stock', 'unknown_product'];

export function CheckoutPage() {
  const user = useUser();
  return <Page title="Checkout">{user ? <UserCheckout key={user.id} user={user} /> : <VisitorCheckout />}</Page>;
}

/** Shows an unconfirmed purchase first, then unpaid orders, then the basket. */
function UserCheckout({ user }: { user: User }) {
  const { lines, refetch } = useBasketLines();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [completed, setCompleted] = useState(false);
  const [payingId, setPayingId] = useState<number>();
  const [skipped, setSkipped] = useState<readonly number[]>([]);
  const unpaid = useQuery(unpaidOrdersQuery(user.id));
  // Without it the customer types the address. A guest has none.
  const book = useQuery({ ...addressesQuery(user.id), enabled: hasAccount(user) });
  useEffect(keepUserOnExpiry, []);
  const purchase = usePurchase(user.id, {
    onFirstSuccess: removeFromBasket,
    onSuccess: (orderId) => {
      setCompleted(true);
      refreshOrdersAndStock(queries);
      void navigate(`/orders/${orderId}`, { replace: true, state: { isNew: true } });
    },
    onProblem: (problem) => {
      const { order, code } = problem;
      if (STALE_CATALOG_CODES.includes(code)) void refetch();
      if (order) {
        // A declined order is paid next, not placed again.
        queries.setQueryData(unpaidOrdersQuery(user.id).queryKey, (known) => [order, ...(known ?? []).filter(({ id }) => id !== order.id)]);
        setPayingId(order.id);
      }
    },
  });

  // However the purchase ended, in any tab: the unpaid orders may have changed.
  const openKey = purchase.open?.attempt.key;
  useEffect(() => {
    if (openKey === undefined) return undefined;
    return () => void queries.invalidateQueries({ queryKey: ['mine', user.id] });
  }, [openKey, queries, user.id]);

  const order = unpaid.data?.find(({ id }) => id === payingId);
  const unpaidOrders = unpaid.data?.filter(({ id }) => !skipped.includes(id)) ?? [];
  const total = totalOfLines(lines);
  const failed = lines.find((line) => line.state === 'failed');
  const skipOrders = (orders: readonly Order[]) => {
    setSkipped([...skipped, ...orders.map(({ id }) => id)]);
    setPayingId(undefined);
  };
  const keepAddress = (address: Address) => {
    saveAddress(address)
      .then(() => queries.invalidateQueries({ queryKey: addressesQuery(user.id).queryKey }))
      .catch((error: unknown) => showToast(`Your address was not saved. ${problemMessage(error)}`));
  };
  const cancel = (unpaidOrder: Order) => <CancelOrder order={unpaidOrder} />;

  if (completed) return <CheckoutSkeleton />;
  if (!purchase.open && !order) {
    if (unpaid.isPending || book.isLoading || lines.some((line) => line.state === 'loading')) return <CheckoutSkeleton />;
    // No order is placed without knowing the unpaid ones.
    if (!unpaid.data) return <LoadError error={unpaid.error} onRetry={() => void unpaid.refetch()} />;
    if (unpaidOrders.length > 0) {
      const items = lines.map((line) => line.item);
      return <UnpaidOrders orders={unpaidOrders} basket={items} onPay={({ id }) => setPayingId(id)} cancel={cancel} onNewOrder={() => skipOrders(unpaidOrders)} />;
    }
    if (failed) return <LoadError error={failed.problem} onRetry={() => void refetch()} />;
    if (lines.length === 0 || total === undefined) return <NothingToBuy hasUnavailable={lines.length > 0} problem={purchase.problem} />;
  }
  return (
    <Checkout
      user={user}
      state={purchase}
      lines={toCheckoutLines(lines)}
      addresses={book.data ?? []}
      order={order}
      alternatives={
        order && (
          <>
            {cancel(order)}
            {lines.length > 0 && <Button onClick={() => skipOrders([order])}>Keep it and place a new order</Button>}
          </>
        )
      }
      {...basketActions}
      onSaveAddress={keepAddress}
      onAcceptPrices={() => basket.update((now) => acceptPrices(now, lines.flatMap((line) => (line.state === 'known' ? [line.product] : []))))}
    />
  );
}
