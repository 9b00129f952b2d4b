import { useInfiniteQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link, useSearchParams } from 'react-router';
import { SelectField } from '@/components/ui/Field';
import { ProductImage } from '@/components/ui/ProductImage';
import { EmptyState } from '@/components/ui/State';
import type { Product } from '@/lib/api/types';
import { productListQuery } from '../lib/productList';
import { PagedList } from './PagedList';
import { Panel } from './Panel';
import styles from './ProductTable.module.css';
import { SearchField } from './SearchField';
import { type Column, Table } from './Table';

const SORTS = { newest: 'Newest first', name: 'Name A–Z', price: 'Price: low to high', '-price': 'Price: high to low', '-rating': 'Top rated' } as const;
type Sort = keyof typeof SORTS;

/** The catalog as a table, with search and sorting in the URL. Each product links to `to`. */
export function ProductTable({ title, to, columns, defaultSort = 'newest', children }: {
  title: string;
  to: (product: Product) => string;
  columns: readonly Column<Product>[];
  defaultSort?: Sort;
  /** Shown when there are no products at all. */
  children?: ReactNode;
}) {
  const [params, setParams] = useSearchParams();
  const q = params.get('q') ?? '';
  const requestedSort = params.get('sort');
  const sort = requestedSort !== null && Object.hasOwn(SORTS, requestedSort) ? (requestedSort as Sort) : defaultSort;
  const list = useInfiniteQuery(productListQuery(q, sort));
  const choose = (name: string, value: string) => {
    const next = new URLSearchParams(params);
    if (value === '') next.delete(name);
    else next.set(name, value);
    setParams(next, { replace: true, preventScrollReset: true });
  };
  return (
    <Panel
      title={title}
      flush
      actions={
        <div className={styles.tools}>
          <SearchField label="Search products by name" value={q} onChange={(label) => choose('q', label)} />
          <SelectField label={<span className="visually-hidden">Sort</span>} value={sort} onChange={(event) => choose('sort', event.target.value)}>
            {Object.entries(SORTS).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </SelectField>
        </div>
      }
    >
      <PagedList
        query={list}
        singular="product"
        empty={
          q === '' ? (
            <EmptyState icon="package" title="No products yet">
              {children}
            </EmptyState>
          ) : (
            <EmptyState icon="search" title="No results">
              <p>No products match “{q}”.</p>
            </EmptyState>
          )
        }
      >
        {(products) => <Table caption={title} rows={products} rowKey={(product) => product.id} columns={[nameColumn(to), ...columns]} />}
      </PagedList>
    </Panel>
  );
}

function nameColumn(to: (product: Product) => string): Column<Product> {
  return {
    header: 'Product',
    rowHeader: true,
    cell: (product) => (
      <span className={styles.product}>
        <ProductImage src={product.image} alt="" name={product.name} className={styles.image} />
        <span>
          <Link to={to(product)}>{product.name}</Link>
          <span className={styles.muted}>
            No. {product.id}
            {product.category && ` · ${product.category}`}
          </span>
        </span>
      </span>
    ),
  };
}
