import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { ButtonLink } from '@/components/ui/Button';
import { EmptyState, LoadError, Loading, Skeleton } from '@/components/ui/State';
import { toProblem } from '@/lib/api/problem';
import { productQuery } from '@/lib/api/products';
import type { Stock } from '@/lib/api/types';
import { formatDateTime } from '@/lib/dates';
import { parseId } from '@/lib/id';
import { AdminPage } from '../components/AdminPage';
import { Panel } from '../components/Panel';
import { Ledger } from './Ledger';
import { MovementForm } from './MovementForm';
import { stockQuery } from './queries';
import styles from './Stock.module.css';

const PARENT = { to: '/admin/stock', label: 'Stock' };

export function ProductStockPage() {
  const id = parseId(useParams()['id']);
  return id === undefined ? <NoSuchStock /> : <ProductStock id={id} key={id} />;
}

function ProductStock({ id }: { id: number }) {
  const product = useQuery(productQuery(id));
  const { data, error, isPending, refetch } = useQuery(stockQuery(id));
  if (!data && error && toProblem(error).status === 404) return <NoSuchStock />;
  // The stock and its ledger stay when the product is deleted.
  const isDeleted = toProblem(product.error).status === 404;
  return (
    <AdminPage
      title={product.data?.name ?? `Product ${id}`}
      parent={PARENT}
      lead={isDeleted ? 'This product is no longer in the catalog.' : data ? `Stock last changed ${formatDateTime(data.stock.updatedAt)}.` : 'Loading stock…'}
      actions={!isDeleted && <Link to={`/admin/products/${id}`}>Edit product</Link>}
    >
      <div className={styles.layout}>
        <div className={styles.levelsArea}>
          {error && <LoadError error={error} onRetry={() => void refetch()} />}
          {isPending && (
            <Loading what="the stock">
              <Skeleton className={styles.skeleton} />
            </Loading>
          )}
          {data && <StockLevels stock={data.stock} />}
        </div>
        <div className={styles.movement}>
          <Panel title="Adjust stock">{data ? <MovementForm stock={data.stock} etag={data.etag} /> : <div className={styles.formSkeleton} />}</Panel>
        </div>
        <div className={styles.ledger}>
          <Ledger productId={id} />
        </div>
      </div>
    </AdminPage>
  );
}

function StockLevels({ stock }: { stock: Stock }) {
  const figures = [
    ['In the warehouse', stock.quantity, 'Including reserved'],
    ['Reserved', stock.reserved, 'For orders being paid'],
    ['Available', stock.available, 'Ready to sell'],
  ] as const;
  return (
    <dl className={styles.levels}>
      {figures.map(([name, figure, more]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className={styles.value}>{figure.toLocaleString('en')}</dd>
          <dd className={styles.detail}>{more}</dd>
        </div>
      ))}
    </dl>
  );
}

function NoSuchStock() {
  return (
    <AdminPage title="Not found" parent={PARENT}>
      <EmptyState icon="package" title="Stock not found">
        <ButtonLink to="/admin/stock">All stock</ButtonLink>
      </EmptyState>
    </AdminPage>
  );
}
