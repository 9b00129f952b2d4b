import { useSearchParams } from 'react-router';
import { Page } from '@/components/ui/Page';
import { QuickAdd } from '@/features/basket/AddToBasket';
import { Catalogue } from '@/features/catalogue/Catalogue';
import { filtersOf } from '@/features/catalogue/filters';

export function CataloguePage() {
  const [params] = useSearchParams();
  const { q, category } = filtersOf(params);
  const title = q === undefined ? (category ?? 'All products') : `Results for “${q}”`;
  return (
    <Page title={title}>
      <Catalogue action={(product) => <QuickAdd product={product} />} />
    </Page>
  );
}
