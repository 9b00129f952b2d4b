import { Page } from '@/components/ui/Page';
import { BasketView } from '@/features/basket/BasketView';
import { OpenPurchaseNotice } from '@/features/checkout/OpenPurchaseNotice';
import { useUser } from '@/lib/session';

export function BasketPage() {
  const who = useUser();
  return (
    <Page title="Your basket">
      <BasketView />
      {/* Below: it comes later than the basket, and must not push it down. Checkout begins with it. */}
      {who && <OpenPurchaseNotice key={who.id} userId={who.id} />}
    </Page>
  );
}
