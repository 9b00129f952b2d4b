import { Page } from '@/components/ui/Page';
import { BasketView } from '@/features/basket/BasketView';
import { OpenPurchaseNotice } from '@/features/checkout/OpenPurchaseNotice';
import { useUser } from '@/lib/session';

export function BasketPage() {
  const user = useUser();
  return (
    <Page title="Your basket">
      <BasketView />
      {/* Below: it comes later than the basket, and must not push it down. Checkout begins with it. */}
      {user && <OpenPurchaseNotice key={user.id} userId={user.id} />}
    </Page>
  );
}
