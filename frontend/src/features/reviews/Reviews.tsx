import { useQuery } from '@tanstack/react-query';
import { Stars } from '@/components/ui/Stars';
import { LoadError, Loading, Skeleton } from '@/components/ui/State';
import type { RatingSummary } from '@/lib/api/types';
import { formatCount } from '@/lib/text';
import { OwnReview } from './OwnReview';
import { summaryQuery } from './queries';
import { ReviewList } from './ReviewList';
import styles from './Reviews.module.css';

const STARS = [5, 4, 3, 2, 1] as const;

export function Reviews({ productId, logIn, signUp }: { productId: number; logIn: string; signUp: string }) {
  const summary = useQuery(summaryQuery(productId));
  return (
    <section id="reviews" aria-labelledby="reviews-title" className={styles.reviews}>
      <h2 id="reviews-title">Reviews</h2>
      <div className={styles.columns}>
        <div className={styles.sidebar}>
          {summary.isPending && (
            <Loading what="the ratings">
              <Skeleton lines={7} />
            </Loading>
          )}
          {summary.isError && <LoadError error={summary.error} onRetry={() => void summary.refetch()} />}
          {summary.data && <Ratings summary={summary.data} />}
          <OwnReview productId={productId} logIn={logIn} signUp={signUp} />
        </div>
        <ReviewList productId={productId} />
      </div>
    </section>
  );
}

function Ratings({ summary }: { summary: RatingSummary }) {
  const { average, count, histogram } = summary;
  return (
    <div className={styles.ratings}>
      <p className={styles.average}>
        <strong>{count === 0 ? '–' : average.toFixed(1)}</strong>
        <span>
          <Stars value={average} size={20} />
          <br />
          {count === 0 ? 'No reviews yet' : formatCount(count, 'review')}
        </span>
      </p>
      <ul role="list" aria-label="Reviews by star rating" className={styles.bars}>
        {STARS.map((stars) => (
          <li key={stars}>
            <span aria-hidden="true">{stars}</span>
            <span className="visually-hidden">
              {formatCount(stars, 'star')}: {histogram[stars]}
            </span>
            <span className={styles.track} aria-hidden="true">
              <span style={{ inlineSize: `${count === 0 ? 0 : (histogram[stars] / count) * 100}%` }} />
            </span>
            <span aria-hidden="true" className={styles.number}>
              {histogram[stars]}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
