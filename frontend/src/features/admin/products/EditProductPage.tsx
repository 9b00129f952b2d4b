import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from 'react-router';
import { Desk } from '../components/Desk';
import { ButtonLink } from '@/components/ui/Button';
import { WITHOUT_ASKING } from '@/components/ui/LeaveGuard';
import { Empty, Failed, Loading, Skeleton } from '@/components/ui/State';
import { toast } from '@/components/ui/Toasts';
import { toProblem } from '@/lib/api/problem';
import { idOf } from '../lib/typed';
import { formatDate } from '@/lib/dates';
import { ProductForm } from './ProductForm';
import styles from './Products.module.css';
import { RemoveProduct } from './RemoveProduct';
import { type Edited, editedQuery, save } from './save';

const ABOVE = { to: '/admin/products', label: 'Products' };

export function EditProductPage() {
  const id = idOf(useParams()['id']);
  return id === undefined ? <NoSuchProduct /> : <Editing id={id} key={id} />;
}

function Editing({ id }: { id: number }) {
  const { data, error, isPending, refetch } = useQuery(editedQuery(id));
  if (!data && error && toProblem(error).status === 404) return <NoSuchProduct />;
  return (
    <Desk
      title={data?.product.name ?? `Product ${id}`}
      above={ABOVE}
      lead={data && `No. ${id} · Added ${formatDate(data.product.createdAt)}`}
      actions={data && <Ways id={id} stock={data.product.stock} reviews={data.product.rating.count} />}
    >
      {isPending && (
        <Loading what="the product">
          <Skeleton lines={8} />
        </Loading>
      )}
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {data && <Form key={data.product.updatedAt} edited={data} again={() => void refetch()} />}
    </Desk>
  );
}

function Form({ edited, again }: { edited: Edited; again: () => void }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  return (
    <ProductForm
      product={edited.product}
      action="Save"
      others={<RemoveProduct product={edited.product} size="m" then={() => void navigate('/admin/products', { state: WITHOUT_ASKING })} />}
      send={(data) => save(edited, data)}
      then={(saved) => {
        toast(`“${saved.name}” has been saved.`, 'good');
        void queries.invalidateQueries({ queryKey: ['products'] });
        again();
      }}
    />
  );
}

/** The other pages about the same product. */
function Ways({ id, stock, reviews }: { id: number; stock: number; reviews: number }) {
  return (
    <nav aria-label="Related pages" className={styles.ways}>
      <Link to={`/admin/stock/${id}`}>Stock ({stock})</Link>
      <Link to={`/admin/reviews/${id}`}>Reviews ({reviews})</Link>
      <Link to={`/products/${id}`}>View in shop</Link>
    </nav>
  );
}

function NoSuchProduct() {
  return (
    <Desk title="Not found" above={ABOVE}>
      <Empty icon="package" title="Product not found">
        <p>It may have been deleted.</p>
        <ButtonLink to="/admin/products">All products</ButtonLink>
      </Empty>
    </Desk>
  );
}
