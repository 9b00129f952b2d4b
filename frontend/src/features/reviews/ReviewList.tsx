import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/components/ui/Button';
import { SelectField } from '@/components/ui/Field';
import { Icon } from '@/components/ui/Icon';
import { Stars } from '@/components/ui/Stars';
import { LoadError, Loading, Skeleton } from '@/components/ui/State';
import type { Review } from '@/lib/api/types';
import { formatDate } from '@/lib/dates';
import { type ReviewSort, reviewsQuery, SORTS } from './queries';
import styles from './Reviews.module.css';

export function ReviewList({ productId }: { productId: number }) {
  const [order, setOrder] = useState<ReviewSort>('newest');
  const list = useInfiniteQuery(reviewsQuery(productId, order));
  const reviews = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className={styles.list}>
      {reviews.length > 1 && (
        <div className={styles.listHead}>
          <SelectField label="Sort reviews" value={order} onChange={(event) => setOrder(event.target.value as ReviewSort)}>
            {Object.entries(SORTS).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </SelectField>
        </div>
      )}
      {list.isPending && (
        <Loading what="the reviews">
          <Skeleton lines={6} />
        </Loading>
      )}
      {list.isError && <LoadError error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && reviews.length === 0 && <p className={styles.muted}>Be the first to review this product.</p>}
      {reviews.map((review) => (
        <OneReview key={review.id} review={review} />
      ))}
      {list.hasNextPage && (
        <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          More reviews
        </Button>
      )}
    </div>
  );
}

function OneReview({ review }: { review: Review }) {
  return (
    <article className={styles.review} aria-label={`Review by ${review.userName}`}>
      <div className={styles.byline}>
        <Stars value={review.rating} />
        <span className={styles.author}>{review.userName}</span>
        {review.verifiedPurchase && (
          <span className={styles.verified}>
            <Icon name="check" size={14} /> Verified purchase
          </span>
        )}
        <time dateTime={review.createdAt} className={styles.date}>
          {formatDate(review.createdAt)}
          {review.updatedAt !== review.createdAt && ' (edited)'}
        </time>
      </div>
      {review.comment !== '' && <p className={styles.comment}>{review.comment}</p>}
    </article>
  );
}
