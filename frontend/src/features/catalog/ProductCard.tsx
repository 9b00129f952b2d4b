import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { ProductImage } from '@/components/ui/ProductImage';
import { RatingSummary } from '@/components/ui/Stars';
import { Skeleton } from '@/components/ui/State';
import { StockLabel } from '@/components/ui/StockLabel';
import type { Product } from '@/lib/api/types';
import { useFormatPrice } from '@/lib/shop';
import styles from './ProductCard.module.css';

/** The whole card links to the product. `action` is an additional button. */
export function ProductCard({ product, action, eager = false }: { product: Product; action: ReactNode; eager?: boolean }) {
  const formatPrice = useFormatPrice();
  return (
    <article className={styles.card}>
      <ProductImage src={product.image} name={product.name} alt="" eager={eager} className={styles.image} />
      <div className={styles.text}>
        <p className={styles.category}>{product.category ?? ' '}</p>
        <h3 className={styles.name}>
          <Link to={`/products/${product.id}`} className={styles.link}>
            {product.name}
          </Link>
        </h3>
        <RatingSummary average={product.rating.average} count={product.rating.count} />
      </div>
      <div className={styles.footer}>
        <div>
          <p className={styles.price}>{formatPrice(product.price)}</p>
          <StockLabel stock={product.stock} compact />
        </div>
        <div className={styles.action}>{action}</div>
      </div>
    </article>
  );
}

export function CardSkeleton() {
  return (
    <div className={styles.card}>
      <Skeleton className={styles.placeholder} />
      <div className={styles.text}>
        <Skeleton lines={3} />
      </div>
      <div className={styles.footer}>
        <Skeleton className={styles.pricePlaceholder} />
      </div>
    </div>
  );
}
