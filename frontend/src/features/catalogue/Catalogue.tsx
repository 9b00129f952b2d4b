import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useSearchParams } from 'react-router';
import { Button } from '@/components/ui/Button';
import { Empty, Failed } from '@/components/ui/State';
import { track } from '@/lib/track';
import { formatCount } from '@/lib/text';
import styles from './Catalogue.module.css';
import { Chosen } from './Chosen';
import { FilterPanel } from './FilterPanel';
import { type Filters, filtersOf, paramsOf } from './filters';
import { type CardAction, GridSkeleton, ProductGrid } from './ProductGrid';
import { catalogueQuery } from './queries';

/** How long a search must stand to count as one, and not as a letter on the way. */
const A_SEARCH_MS = 1_200;

/** Products with search, filters and order, all of which are in the URL. */
export function Catalogue({ action }: { action: CardAction }) {
  const [params, setParams] = useSearchParams();
  const filters = filtersOf(params);
  const choose = (next: Filters) => setParams(paramsOf(next), { preventScrollReset: true, flushSync: true });
  const list = useInfiniteQuery(catalogueQuery(filters));
  const products = list.data?.pages.flatMap((one) => one.items) ?? [];
  useNoteOfSearch(filters.q, products.length, list.isPlaceholderData || list.isPending);
  const more = list.hasNextPage ? ' shown' : '';

  return (
    <div className={styles.catalogue}>
      <FilterPanel filters={filters} choose={choose} />
      <section aria-label="Products" className={styles.found} data-old={list.isPlaceholderData || undefined}>
        <h2 className="visually-hidden">Products</h2>
        <div className={styles.bar}>
          <p role="status" className={styles.count}>
            {list.isPending ? 'Searching…' : `${formatCount(products.length, 'product')}${more}`}
          </p>
          <Chosen filters={filters} choose={choose} />
        </div>
        {list.isPending && <GridSkeleton cards={9} />}
        {list.isError && <Failed error={list.error} onRetry={() => void list.refetch()} />}
        {list.isSuccess && products.length === 0 && (
          <Empty icon="search" title="No results">
            <p>{filters.q ? `No products match “${filters.q}” with these filters.` : 'No products match these filters.'}</p>
            <Button onClick={() => choose({})}>Show all products</Button>
          </Empty>
        )}
        {products.length > 0 && <ProductGrid products={products} action={action} label="Products" />}
        {list.hasNextPage && (
          <div className={styles.more}>
            <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              Show more
            </Button>
          </div>
        )}
      </section>
    </div>
  );
}

function useNoteOfSearch(q: string | undefined, found: number, unsure: boolean): void {
  useEffect(() => {
    if (!q || unsure) return;
    const timer = setTimeout(() => track('product.search', { q, found }), A_SEARCH_MS);
    return () => clearTimeout(timer);
  }, [q, found, unsure]);
}
