import { useSearchParams } from 'react-router';
import { Page } from '@/components/ui/Page';
import { QuickAdd } from '@/features/basket/AddToBasket';
import { Catalog } from '@/features/catalog/Catalog';
import { parseFilters } from '@/features/catalog/filters';

export function CatalogPage() {
  const [params] = useSearchParams();
  const { q, category } = parseFilters(params);
  const title = q === undefined ? (category ?? 'All products') : `Results for “${q}”`;
  return (
    <Page title={title}>
      <Catalog action={(product) => <QuickAdd product={product} />} />
    </Page>
  );
}
