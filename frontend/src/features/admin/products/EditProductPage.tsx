import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from 'react-router';
import { ButtonLink } from '@/components/ui/Button';
import { SKIP_LEAVE_GUARD } from '@/components/ui/LeaveGuard';
import { EmptyState, LoadError, Loading, Skeleton } from '@/components/ui/State';
import { showToast } from '@/components/ui/Toasts';
import { toProblem } from '@/lib/api/problem';
import { formatDate } from '@/lib/dates';
import { parseId } from '@/lib/id';
import { AdminPage } from '../components/AdminPage';
import { DeleteProduct } from './DeleteProduct';
import { ProductForm } from './ProductForm';
import styles from './Products.module.css';
import { type EditedProduct, editedProductQuery, saveProduct } from './save';

const PARENT = { to: '/admin/products', label: 'Products' };

export function EditProductPage() {
  const id = parseId(useParams()['id']);
  return id === undefined ? <NoSuchProduct /> : <Editing id={id} key={id} />;
}

function Editing({ id }: { id: number }) {
  const { data, error, isPending, refetch } = useQuery(editedProductQuery(id));
  if (!data && error && toProblem(error).status === 404) return <NoSuchProduct />;
  return (
    <AdminPage
      title={data?.product.name ?? `Product ${id}`}
      parent={PARENT}
      lead={data && `No. ${id} · Added ${formatDate(data.product.createdAt)}`}
      actions={data && <RelatedLinks id={id} stock={data.product.stock} reviews={data.product.rating.count} />}
    >
      {isPending && (
        <Loading what="the product">
          <Skeleton lines={8} />
        </Loading>
      )}
      {error && <LoadError error={error} onRetry={() => void refetch()} />}
      {data && <Form key={data.product.updatedAt} edited={data} again={() => void refetch()} />}
    </AdminPage>
  );
}

function Form({ edited, again }: { edited: EditedProduct; again: () => void }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  return (
    <ProductForm
      product={edited.product}
      submitLabel="Save"
      otherActions={<DeleteProduct product={edited.product} size="m" onSuccess={() => void navigate('/admin/products', { state: SKIP_LEAVE_GUARD })} />}
      send={(data) => saveProduct(edited, data)}
      onSuccess={(saved) => {
        showToast(`“${saved.name}” has been saved.`, 'good');
        void queries.invalidateQueries({ queryKey: ['products'] });
        again();
      }}
    />
  );
}

function RelatedLinks({ id, stock, reviews }: { id: number; stock: number; reviews: number }) {
  return (
    <nav aria-label="Related pages" className={styles.links}>
      <Link to={`/admin/stock/${id}`}>Stock ({stock})</Link>
      <Link to={`/admin/reviews/${id}`}>Reviews ({reviews})</Link>
      <Link to={`/products/${id}`}>View in shop</Link>
    </nav>
  );
}

function NoSuchProduct() {
  return (
    <AdminPage title="Not found" parent={PARENT}>
      <EmptyState icon="package" title="Product not found">
        <p>It may have been deleted.</p>
        <ButtonLink to="/admin/products">All products</ButtonLink>
      </EmptyState>
    </AdminPage>
  );
}
