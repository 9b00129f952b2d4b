import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { Link } from 'react-router';
import { ButtonLink } from '@/components/ui/Button';
import { HiddenTitle, useTitle } from '@/components/ui/Page';
import { ProductImage } from '@/components/ui/ProductImage';
import { RatingSummary } from '@/components/ui/Stars';
import { EmptyState, LoadError, Loading, Skeleton } from '@/components/ui/State';
import { StockLabel } from '@/components/ui/StockLabel';
import { toProblem } from '@/lib/api/problem';
import { productQuery } from '@/lib/api/products';
import type { Product } from '@/lib/api/types';
import { useFormatPrice } from '@/lib/shop';
import { track } from '@/lib/track';
import styles from './ProductDetails.module.css';

type Parts = {
  /** The controls that add it to the basket. */
  buy: (product: Product) => ReactNode;
  /** Below: reviews and related products. */
  more: (product: Product) => ReactNode;
};

export function ProductDetails({ id, buy, more }: { id: number } & Parts) {
  const { data: product, error, isPending, refetch } = useQuery(productQuery(id));
  if (isPending) return <DetailsSkeleton />;
  if (toProblem(error).status === 404) return <ProductNotFound />;
  if (!product) {
    return (
      <>
        <HiddenTitle>Product</HiddenTitle>
        <LoadError error={error} onRetry={() => void refetch()} />
      </>
    );
  }
  return <ProductContent product={product} buy={buy} more={more} />;
}

function ProductContent({ product, buy, more }: { product: Product } & Parts) {
  const { id, category } = product;
  const formatPrice = useFormatPrice();
  useTitle(product.name);
  useEffect(() => track('product.view', { productId: id }), [id]);
  return (
    <>
      <nav aria-label="Breadcrumb" className={styles.breadcrumb}>
        <Link to="/products">Shop</Link>
        {category != null && (
          <>
            <span aria-hidden="true">/</span>
            <Link to={{ pathname: '/products', search: new URLSearchParams({ category }).toString() }}>{category}</Link>
          </>
        )}
      </nav>
      <article className={styles.product}>
        <ProductImage src={product.image} name={product.name} alt={product.name} first className={styles.image} />
        <div className={styles.about}>
          <h1>{product.name}</h1>
          <a href="#reviews" className={styles.rating}>
            <RatingSummary average={product.rating.average} count={product.rating.count} />
          </a>
          <p className={styles.price}>{formatPrice(product.price)}</p>
          <StockLabel stock={product.stock} />
          {product.description != null && <p className={styles.description}>{product.description}</p>}
          {buy(product)}
        </div>
      </article>
      {more(product)}
    </>
  );
}

function ProductNotFound() {
  return (
    <>
      <HiddenTitle>Not found</HiddenTitle>
      <EmptyState icon="package" title="Product not found">
        <p>It may no longer be available.</p>
        <ButtonLink to="/products" variant="primary">
          All products
        </ButtonLink>
      </EmptyState>
    </>
  );
}

function DetailsSkeleton() {
  return (
    <Loading what="the product">
      <div className={styles.breadcrumb}>&nbsp;</div>
      <div className={styles.product}>
        <Skeleton className={`${styles.image} ${styles.placeholder}`} />
        <div className={styles.about}>
          <Skeleton lines={6} />
        </div>
      </div>
    </Loading>
  );
}
