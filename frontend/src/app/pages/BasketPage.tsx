import { Page } from '@/components/ui/Page';
import { BasketView } from '@/features/basket/BasketView';
import { OpenPurchaseNotice } from '@/features/checkout/OpenPurchaseNotice';
import { useUser } from '@/lib/session';

export function BasketPage() {
  const user = useUser();
  return (
    <Page title="Your basket">
      <BasketView />
      {/* Below the basket, because it loads later and must not shift it. */}
      {user && <OpenPurchaseNotice key={user.id} userId={user.id} />}
    </Page>
  );
}
