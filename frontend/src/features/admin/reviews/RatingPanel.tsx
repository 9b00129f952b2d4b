import { useQuery } from '@tanstack/react-query';
import { Stars } from '@/components/ui/Stars';
import { LoadError, Loading, Skeleton } from '@/components/ui/State';
import { formatCount } from '@/lib/text';
import { Panel } from '../components/Panel';
import { summaryQuery } from './queries';
import styles from './Reviews.module.css';

const STARS = ['5', '4', '3', '2', '1'] as const;

export function RatingPanel({ productId }: { productId: number }) {
  return (
    <Panel title="Ratings">
      <div className={styles.ratings}>
        <RatingHistogram productId={productId} />
      </div>
    </Panel>
  );
}

function RatingHistogram({ productId }: { productId: number }) {
  const { data, error, isPending, refetch } = useQuery(summaryQuery(productId));
  return (
    <>
      {isPending && (
        <Loading what="the ratings">
          <Skeleton lines={5} />
        </Loading>
      )}
      {error && <LoadError error={error} onRetry={() => void refetch()} />}
      {data && (
        <>
          <p className={styles.average}>
            <strong>{data.count === 0 ? '–' : data.average.toFixed(2)}</strong>
            <span>
              <Stars value={data.average} />
              <span className={styles.muted}>{formatCount(data.count, 'review')}</span>
            </span>
          </p>
          <ul role="list" className={styles.histogram}>
            {STARS.map((stars) => (
              <li key={stars}>
                <span>{formatCount(Number(stars), 'star')}</span>
                <svg aria-hidden="true">
                  <rect width="100%" height="100%" rx="4" className={styles.barBackground} />
                  <rect width={`${data.count === 0 ? 0 : (data.histogram[stars] / data.count) * 100}%`} height="100%" rx="4" className={styles.bar} />
                </svg>
                <span className={styles.number}>{data.histogram[stars]}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
