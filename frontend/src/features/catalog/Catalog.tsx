import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useSearchParams } from 'react-router';
import { Button } from '@/components/ui/Button';
import { EmptyState, LoadError } from '@/components/ui/State';
import { formatCount } from '@/lib/text';
import { track } from '@/lib/track';
import { ActiveFilters } from './ActiveFilters';
import styles from './Catalog.module.css';
import { FilterPanel } from './FilterPanel';
import { changeFilters, type Filters, parseFilters, toSearchParams } from './filters';
import { type CardAction, GridSkeleton, ProductGrid } from './ProductGrid';
import { catalogQuery } from './queries';

/** A search is tracked after this long, so that intermediate letters are not. */
const SEARCH_DELAY_MS = 1_200;

/** Products with search, filters and sorting, all of them in the URL. */
export function Catalog({ action }: { action: CardAction }) {
  const [params, setParams] = useSearchParams();
  const filters = parseFilters(params);
  const choose = (next: Filters) => setParams(toSearchParams(next), { preventScrollReset: true, flushSync: true });
  const list = useInfiniteQuery(catalogQuery(filters));
  const products = list.data?.pages.flatMap((page) => page.items) ?? [];
  useTrackSearch(filters.q, products.length, list.isPlaceholderData || list.isPending);
  const more = list.hasNextPage ? ' shown' : '';

  return (
    <div className={styles.catalog}>
      <FilterPanel filters={filters} choose={choose} />
      <section aria-label="Products" className={styles.results} data-stale={list.isPlaceholderData || undefined}>
        <h2 className="visually-hidden">Products</h2>
        <div className={styles.bar}>
          <p role="status" className={styles.count}>
            {list.isPending ? 'Searching…' : `${formatCount(products.length, 'product')}${more}`}
          </p>
          <ActiveFilters filters={filters} choose={choose} />
        </div>
        {list.isPending && <GridSkeleton cards={9} />}
        {list.isError && <LoadError error={list.error} onRetry={() => void list.refetch()} />}
        {list.isSuccess && products.length === 0 && !list.hasNextPage && (
          <EmptyState icon="search" title="No results">
            <p>{noMatchText(filters)}</p>
            <Button onClick={() => choose({})}>Show all products</Button>
          </EmptyState>
        )}
        {products.length > 0 && <ProductGrid products={products} action={action} label="Products" />}
        {list.hasNextPage && (
          <div className={styles.more}>
            <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              Show more
            </Button>
          </div>
        )}
      </section>
    </div>
  );
}

function noMatchText(filters: Filters): string {
  const { q } = filters;
  if (!q) return 'No products match these filters.';
  const others = changeFilters(filters, { q: undefined, sort: undefined });
  return Object.keys(others).length === 0 ? `No products match “${q}”.` : `No products match “${q}” and these filters.`;
}

function useTrackSearch(q: string | undefined, found: number, loading: boolean): void {
  useEffect(() => {
    if (!q || loading) return;
    const timer = setTimeout(() => track('product.search', { q, found }), SEARCH_DELAY_MS);
    return () => clearTimeout(timer);
  }, [q, found, loading]);
}
