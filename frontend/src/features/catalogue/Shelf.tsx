import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { Failed } from '@/components/ui/State';
import { type Filters, paramsOf } from './filters';
import { type CardAction, GridSkeleton, ProductGrid } from './ProductGrid';
import { shelfQuery } from './queries';
import styles from './Shelf.module.css';

const PLACES = 4;

/** A row of products under a title; `without` is one that is shown already. */
export function Shelf({ title, filters, action, without }: {
  title: string;
  filters: Filters;
  action: CardAction;
  without?: number;
}) {
  const { data, error, isPending, refetch } = useQuery(shelfQuery(filters, PLACES + 1));
  const products = data?.filter((product) => product.id !== without).slice(0, PLACES) ?? [];
  if (data && products.length === 0) return null;
  return (
    <section className={styles.shelf} aria-label={title}>
      <div className={styles.head}>
        <h2>{title}</h2>
        <Link to={{ pathname: '/products', search: paramsOf(filters).toString() }}>
          See all<span className="visually-hidden">: {title}</span>
        </Link>
      </div>
      {isPending && <GridSkeleton cards={PLACES} wide />}
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {products.length > 0 && <ProductGrid products={products} action={action} label={title} wide />}
    </section>
  );
}
