import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { Choices } from '../components/Choices';
import { Desk } from '../components/Desk';
import { Listing } from '../components/Listing';
import { Panel } from '../components/Panel';
import { ButtonLink } from '@/components/ui/Button';
import { Empty } from '@/components/ui/State';
import { productQuery } from '@/lib/api/products';
import { toProblem } from '@/lib/api/problem';
import { idOf } from '../lib/typed';
import { OneReview } from './OneReview';
import { type Order, ORDERS, reviewsQuery } from './queries';
import styles from './Reviews.module.css';
import { Summary } from './Summary';

const ABOVE = { to: '/admin/reviews', label: 'Reviews' };

export function ProductReviewsPage() {
  const id = idOf(useParams()['id']);
  if (id !== undefined) return <ProductReviews id={id} key={id} />;
  return (
    <Desk title="Not found" above={ABOVE}>
      <Empty icon="package" title="Product not found">
        <ButtonLink to="/admin/reviews">All products</ButtonLink>
      </Empty>
    </Desk>
  );
}

function ProductReviews({ id }: { id: number }) {
  const [order, setOrder] = useState<Order>('newest');
  const product = useQuery(productQuery(id));
  const list = useInfiniteQuery(reviewsQuery(id, order));
  const gone = toProblem(product.error).status === 404;
  return (
    <Desk
      title={product.data?.name ?? `Product ${id}`}
      above={ABOVE}
      {...(gone && { lead: 'This product is no longer in the catalog.' })}
      actions={!gone && <Link to={`/products/${id}`}>View in shop</Link>}
    >
      <div className={styles.desk}>
        <Summary productId={id} />
        <Panel title="All reviews" flush aside={<Choices label="Sort" name="order" choices={ORDERS} chosen={order} onChoose={setOrder} />}>
          <Listing of={list} one="review" empty={<Empty icon="check" title="No reviews yet" />}>
            {(reviews) => (
              <ul role="list" className={styles.list}>
                {reviews.map((review) => (
                  <li key={review.id}>
                    <OneReview review={review} />
                  </li>
                ))}
              </ul>
            )}
          </Listing>
        </Panel>
      </div>
    </Desk>
  );
}
