import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { LoadError, Loading, Skeleton } from '@/components/ui/State';
import { formatDateTime } from '@/lib/dates';
import { AdminPage } from '../components/AdminPage';
import { SegmentedControl } from '../components/SegmentedControl';
import { Charts } from './Charts';
import styles from './Dashboard.module.css';
import { dashboardQuery, PERIODS } from './queries';
import { SummaryTiles } from './SummaryTiles';

const DEFAULT_DAYS = '7';

export function DashboardPage() {
  const [params, setParams] = useSearchParams();
  const requested = params.get('days') ?? DEFAULT_DAYS;
  const days = Object.hasOwn(PERIODS, requested) ? requested : DEFAULT_DAYS;
  const { data, error, isPlaceholderData, refetch } = useQuery(dashboardQuery(Number(days)));
  return (
    <AdminPage
      title="Dashboard"
      lead={data ? `As of ${formatDateTime(data.generatedAt)}. Days are in UTC.` : 'Sales and activity at a glance.'}
      actions={
        <SegmentedControl
          label="Period"
          name="days"
          options={PERIODS}
          selected={days}
          onSelect={(next) => setParams(next === DEFAULT_DAYS ? {} : { days: next }, { replace: true, preventScrollReset: true })}
        />
      }
    >
      {error && <LoadError error={error} onRetry={() => void refetch()} />}
      {!data && !error && <DashboardSkeleton />}
      {data && (
        <div className={styles.dashboard} data-stale={isPlaceholderData || undefined}>
          <SummaryTiles dashboard={data} />
          <Charts dashboard={data} />
        </div>
      )}
    </AdminPage>
  );
}

function DashboardSkeleton() {
  return (
    <Loading what="the dashboard">
      <div className={styles.dashboard}>
        <div className={styles.tiles}>
          {[0, 1, 2, 3].map((tile) => (
            <Skeleton key={tile} className={styles.tileSkeleton} />
          ))}
        </div>
        <div className={styles.charts}>
          {[0, 1, 2, 3].map((chart) => (
            <Skeleton key={chart} className={styles.chartSkeleton} />
          ))}
        </div>
      </div>
    </Loading>
  );
}
