import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { Button } from '@/components/ui/Button';
import { ConfirmButton } from '@/components/ui/ConfirmButton';
import { Stars } from '@/components/ui/Stars';
import { showToast } from '@/components/ui/Toasts';
import { api, expectSuccess } from '@/lib/api/client';
import { problemMessage, toProblem } from '@/lib/api/problem';
import type { Review } from '@/lib/api/types';
import { hasAccount, useUser } from '@/lib/session';
import { ownReviewQuery, refreshReviews } from './queries';
import { ReviewForm } from './ReviewForm';
import styles from './Reviews.module.css';

/** The user's own review, with its form. */
export function OwnReview({ productId, logIn, signUp }: { productId: number; logIn: string; signUp: string }) {
  const user = useUser();
  if (!user || !hasAccount(user)) {
    return (
      <p className={styles.ownReview}>
        <span>Own this? {user ? <Link to={signUp}>Create an account to write a review</Link> : <Link to={logIn}>Log in to write a review</Link>}</span>
      </p>
    );
  }
  return <UserReview key={user.id} productId={productId} userId={user.id} />;
}

function UserReview({ productId, userId }: { productId: number; userId: number }) {
  const mine = useQuery(ownReviewQuery(productId, userId));
  const [writing, setWriting] = useState(false);
  if (mine.isPending) return null;
  if (mine.isError) {
    return (
      <div className={styles.ownReview}>
        <p>We could not check whether you have already reviewed this product.</p>
        <Button size="s" onClick={() => void mine.refetch()}>
          Try again
        </Button>
      </div>
    );
  }
  return (
    // Takes the focus when the form or the review in it is removed.
    <div role="group" aria-label="Your review" className={styles.ownReviewGroup}>
      {writing ? (
        <div className={styles.ownReview}>
          <h3>{mine.data ? 'Edit your review' : 'Your review'}</h3>
          <ReviewForm productId={productId} userId={userId} before={mine.data} onClose={() => setWriting(false)} />
        </div>
      ) : mine.data ? (
        <ReviewCard review={mine.data} onChange={() => setWriting(true)} />
      ) : (
        <Button variant="plain" onClick={() => setWriting(true)}>
          Write a review
        </Button>
      )}
    </div>
  );
}

function ReviewCard({ review, onChange }: { review: Review; onChange: () => void }) {
  const queries = useQueryClient();
  const remove = async () => {
    try {
      await expectSuccess(api.DELETE('/api/reviews/{id}', { params: { path: { id: review.id } } }));
    } catch (error) {
      const problem = toProblem(error);
      // Already deleted: fine.
      if (problem.status !== 404) {
        showToast(problemMessage(problem), 'bad');
        return;
      }
    }
    await refreshReviews(queries, review.productId, review.userId, null);
    showToast('Your review has been deleted.', 'good');
  };
  return (
    <div className={styles.ownReview}>
      <h3>Your review</h3>
      <Stars value={review.rating} />
      {review.comment !== '' && <p className={styles.comment}>{review.comment}</p>}
      <div className={styles.ownActions}>
        <Button size="s" onClick={onChange}>
          Edit
        </Button>
        <ConfirmButton label="Delete" title="Delete your review?" confirmLabel="Delete review" onConfirm={remove}>
          Your rating will no longer count. You can write a new review at any time.
        </ConfirmButton>
      </div>
    </div>
  );
}
