import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { ButtonLink } from '@/components/ui/Button';
import { EmptyState } from '@/components/ui/State';
import { toProblem } from '@/lib/api/problem';
import { productQuery } from '@/lib/api/products';
import { parseId } from '@/lib/id';
import { AdminPage } from '../components/AdminPage';
import { PagedList } from '../components/PagedList';
import { Panel } from '../components/Panel';
import { SegmentedControl } from '../components/SegmentedControl';
import { type ReviewSort, reviewsQuery, SORTS } from './queries';
import { RatingPanel } from './RatingPanel';
import { ReviewItem } from './ReviewItem';
import styles from './Reviews.module.css';

const PARENT = { to: '/admin/reviews', label: 'Reviews' };

export function ProductReviewsPage() {
  const id = parseId(useParams()['id']);
  if (id !== undefined) return <ProductReviews id={id} key={id} />;
  return (
    <AdminPage title="Not found" parent={PARENT}>
      <EmptyState icon="package" title="Product not found">
        <ButtonLink to="/admin/reviews">All products</ButtonLink>
      </EmptyState>
    </AdminPage>
  );
}

function ProductReviews({ id }: { id: number }) {
  const [order, setOrder] = useState<ReviewSort>('newest');
  const product = useQuery(productQuery(id));
  const list = useInfiniteQuery(reviewsQuery(id, order));
  const isDeleted = toProblem(product.error).status === 404;
  return (
    <AdminPage
      title={product.data?.name ?? `Product ${id}`}
      parent={PARENT}
      {...(isDeleted && { lead: 'This product is no longer in the catalog.' })}
      actions={!isDeleted && <Link to={`/products/${id}`}>View in shop</Link>}
    >
      <div className={styles.layout}>
        <RatingPanel productId={id} />
        <Panel title="All reviews" flush actions={<SegmentedControl label="Sort" name="order" options={SORTS} selected={order} onSelect={setOrder} />}>
          <PagedList query={list} singular="review" empty={<EmptyState icon="check" title="No reviews yet" />}>
            {(reviews) => (
              <ul role="list" className={styles.list}>
                {reviews.map((review) => (
                  <li key={review.id}>
                    <ReviewItem review={review} />
                  </li>
                ))}
              </ul>
            )}
          </PagedList>
        </Panel>
      </div>
    </AdminPage>
  );
}
