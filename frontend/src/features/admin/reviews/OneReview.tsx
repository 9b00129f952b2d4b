import { useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router';
import { Confirm } from '@/components/ui/Confirm';
import { Stars } from '@/components/ui/Stars';
import { toast } from '@/components/ui/Toasts';
import { api, expectSuccess } from '@/lib/api/client';
import { problemMessage } from '@/lib/api/problem';
import type { Review } from '@/lib/api/types';
import { formatDateTime } from '@/lib/dates';
import styles from './Reviews.module.css';

export function OneReview({ review }: { review: Review }) {
  return (
    <article className={styles.review} aria-label={`Review by ${review.userName}`}>
      <div className={styles.byline}>
        <Stars value={review.rating} size={16} />
        <strong>{review.userName}</strong>
        {review.verifiedPurchase && <span className={styles.soft}>Verified purchase</span>}
        <time dateTime={review.createdAt} className={styles.soft}>
          {formatDateTime(review.createdAt)}
        </time>
      </div>
      {review.comment === '' ? <p className={styles.soft}>No comment.</p> : <p className={styles.comment}>{review.comment}</p>}
      <div className={styles.ways}>
        <Link to={`/admin/messages?user=${review.userId}`}>Message {review.userName}</Link>
        <Remove review={review} />
      </div>
    </article>
  );
}

function Remove({ review }: { review: Review }) {
  const queries = useQueryClient();
  const remove = async () => {
    try {
      await expectSuccess(api.DELETE('/api/reviews/{id}', { params: { path: { id: review.id } } }));
      toast(`The review by ${review.userName} has been removed.`, 'good');
    } catch (error) {
      toast(problemMessage(error), 'bad');
    }
    await queries.invalidateQueries({ queryKey: ['reviews', review.productId] });
    // The catalogue's rating follows through a queue, in a moment.
    await queries.invalidateQueries({ queryKey: ['products'], refetchType: 'none' });
  };
  return (
    <Confirm trigger="Remove" triggerLabel={`Remove the review by ${review.userName}`} title="Remove this review?" action="Remove review" onConfirm={remove}>
      This cannot be undone. The product’s rating is recalculated. {review.userName} can write a new review.
    </Confirm>
  );
}
