import { useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router';
import { ConfirmButton } from '@/components/ui/ConfirmButton';
import { Stars } from '@/components/ui/Stars';
import { showToast } from '@/components/ui/Toasts';
import { api, expectSuccess } from '@/lib/api/client';
import { problemMessage } from '@/lib/api/problem';
import type { Review } from '@/lib/api/types';
import { formatDateTime } from '@/lib/dates';
import styles from './Reviews.module.css';

export function ReviewItem({ review }: { review: Review }) {
  return (
    <article className={styles.review} aria-label={`Review by ${review.userName}`}>
      <div className={styles.byline}>
        <Stars value={review.rating} size={16} />
        <strong>{review.userName}</strong>
        {review.verifiedPurchase && <span className={styles.muted}>Verified purchase</span>}
        <time dateTime={review.createdAt} className={styles.muted}>
          {formatDateTime(review.createdAt)}
        </time>
      </div>
      {review.comment === '' ? <p className={styles.muted}>No comment.</p> : <p className={styles.comment}>{review.comment}</p>}
      <div className={styles.links}>
        <Link to={`/admin/messages?user=${review.userId}`}>Message {review.userName}</Link>
        <RemoveReview review={review} />
      </div>
    </article>
  );
}

function RemoveReview({ review }: { review: Review }) {
  const queries = useQueryClient();
  const remove = async () => {
    try {
      await expectSuccess(api.DELETE('/api/reviews/{id}', { params: { path: { id: review.id } } }));
      showToast(`The review by ${review.userName} has been removed.`, 'good');
    } catch (error) {
      showToast(problemMessage(error), 'bad');
    }
    await queries.invalidateQueries({ queryKey: ['reviews', review.productId] });
    // The catalog's rating is updated asynchronously, shortly after.
    await queries.invalidateQueries({ queryKey: ['products'], refetchType: 'none' });
  };
  return (
    <ConfirmButton label="Remove" ariaLabel={`Remove the review by ${review.userName}`} title="Remove this review?" confirmLabel="Remove review" onConfirm={remove}>
      This cannot be undone. The product’s rating is recalculated. {review.userName} can write a new review.
    </ConfirmButton>
  );
}
