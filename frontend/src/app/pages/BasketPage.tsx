import { Page } from '@/components/ui/Page';
import { BasketView } from '@/features/basket/BasketView';

export function BasketPage() {
  return (
    <Page title="Your basket">
      <BasketView />
    </Page>
  );
}
