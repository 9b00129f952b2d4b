import { useInfiniteQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link, useSearchParams } from 'react-router';
import { SelectField } from '@/components/ui/Field';
import { Picture } from '@/components/ui/Picture';
import { Empty } from '@/components/ui/State';
import type { Product } from '@/lib/api/types';
import { goodsQuery } from '../lib/goods';
import styles from './Goods.module.css';
import { Listing } from './Listing';
import { Panel } from './Panel';
import { SearchField } from './SearchField';
import { type Column, Table } from './Table';

const SORTS = { newest: 'Newest first', name: 'Name A–Z', price: 'Price: low to high', '-price': 'Price: high to low', '-rating': 'Top rated' } as const;
type Sort = keyof typeof SORTS;

/** The catalogue as a table, with search and order in the URL; each product leads to `to`. */
export function Goods({ title, to, columns, sorted = 'newest', children }: {
  title: string;
  to: (product: Product) => string;
  columns: readonly Column<Product>[];
  sorted?: Sort;
  /** What to say where there are no products at all. */
  children?: ReactNode;
}) {
  const [params, setParams] = useSearchParams();
  const q = params.get('q') ?? '';
  const asked = params.get('sort');
  const sort = asked !== null && Object.hasOwn(SORTS, asked) ? (asked as Sort) : sorted;
  const list = useInfiniteQuery(goodsQuery(q, sort));
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
      aside={
        <div className={styles.tools}>
          <SearchField label="Search products by name" value={q} onChange={(words) => choose('q', words)} />
          <SelectField label={<span className="visually-hidden">Sort</span>} value={sort} onChange={(event) => choose('sort', event.target.value)}>
            {Object.entries(SORTS).map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </SelectField>
        </div>
      }
    >
      <Listing
        of={list}
        one="product"
        empty={
          q === '' ? (
            <Empty icon="package" title="No products yet">
              {children}
            </Empty>
          ) : (
            <Empty icon="search" title="No results">
              <p>No products match “{q}”.</p>
            </Empty>
          )
        }
      >
        {(products) => <Table caption={title} rows={products} keyOf={(product) => product.id} columns={[named(to), ...columns]} />}
      </Listing>
    </Panel>
  );
}

function named(to: (product: Product) => string): Column<Product> {
  return {
    head: 'Product',
    lead: true,
    cell: (product) => (
      <span className={styles.product}>
        <Picture src={product.image} alt="" name={product.name} className={styles.picture} />
        <span>
          <Link to={to(product)}>{product.name}</Link>
          <span className={styles.soft}>
            No. {product.id}
            {product.category && ` · ${product.category}`}
          </span>
        </span>
      </span>
    ),
  };
}
