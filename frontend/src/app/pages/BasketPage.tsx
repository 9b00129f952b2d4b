import { Page } from '@/components/ui/Page';
import { BasketView } from '@/features/basket/BasketView';
import { OpenBusiness } from '@/features/checkout/OpenBusiness';
import { useUser } from '@/lib/session';

export function BasketPage() {
  const who = useUser();
  return (
    <Page title="Your basket">
      {who && <OpenBusiness key={who.id} userId={who.id} />}
      <BasketView />
    </Page>
  );
}
