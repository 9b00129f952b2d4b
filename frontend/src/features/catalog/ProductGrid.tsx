import type { ReactNode } from 'react';
import { Loading } from '@/components/ui/State';
import type { Product } from '@/lib/api/types';
import { CardSkeleton, ProductCard } from './ProductCard';
import styles from './ProductGrid.module.css';

export type CardAction = (product: Product) => ReactNode;

/** Images of the first row of the catalog are above the fold. */
const FIRST_ROW = 4;

export function ProductGrid({ products, action, label, wide = false }: {
  products: readonly Product[];
  action: CardAction;
  label: string;
  wide?: boolean;
}) {
  return (
    <ul role="list" className={wide ? `${styles.grid} ${styles.wide}` : styles.grid} aria-label={label}>
      {products.map((product, index) => (
        <li key={product.id}>
          <ProductCard product={product} action={action(product)} eager={!wide && index < FIRST_ROW} />
        </li>
      ))}
    </ul>
  );
}

export function GridSkeleton({ cards, wide = false }: { cards: number; wide?: boolean }) {
  return (
    <Loading what="products">
      <div className={wide ? `${styles.grid} ${styles.wide}` : styles.grid}>
        {Array.from({ length: cards }, (_, card) => (
          <CardSkeleton key={card} />
        ))}
      </div>
    </Loading>
  );
}
