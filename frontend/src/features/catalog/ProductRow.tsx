import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { LoadError } from '@/components/ui/State';
import { type Filters, toSearchParams } from './filters';
import { type CardAction, GridSkeleton, ProductGrid } from './ProductGrid';
import styles from './ProductRow.module.css';
import { productRowQuery, showcaseQuery } from './queries';

const PRODUCTS_PER_ROW = 4;

/** A row of products with a title; `without` is a product to leave out. */
export function ProductRow({ title, filters, action, without }: {
  title: string;
  filters: Filters;
  action: CardAction;
  without?: number;
}) {
  const { data, error, isPending, refetch } = useQuery(isNewest(filters) ? showcaseQuery : productRowQuery(filters, PRODUCTS_PER_ROW + 1));
  const products = data?.filter((product) => product.id !== without).slice(0, PRODUCTS_PER_ROW) ?? [];
  if (data && products.length === 0) return null;
  return (
    <section className={styles.productRow} aria-label={title}>
      <div className={styles.header}>
        <h2>{title}</h2>
        <Link to={{ pathname: '/products', search: toSearchParams(filters).toString() }}>
          See all<span className="visually-hidden">: {title}</span>
        </Link>
      </div>
      {isPending && <GridSkeleton cards={PRODUCTS_PER_ROW} wide />}
      {error && <LoadError error={error} onRetry={() => void refetch()} />}
      {products.length > 0 && <ProductGrid products={products} action={action} label={title} wide />}
    </section>
  );
}

/** The newest products are loaded already. */
function isNewest(filters: Filters): boolean {
  return Object.keys(filters).length === 0;
}
