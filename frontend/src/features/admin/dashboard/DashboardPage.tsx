import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { Desk } from '../components/Desk';
import { Choices } from '../components/Choices';
import { Failed, Loading, Skeleton } from '@/components/ui/State';
import { formatDateTime } from '@/lib/dates';
import { Charts } from './Charts';
import styles from './Dashboard.module.css';
import { DAYS, dashboardQuery } from './queries';
import { Tiles } from './Tiles';

const USUAL = '7';

export function DashboardPage() {
  const [params, setParams] = useSearchParams();
  const asked = params.get('days') ?? USUAL;
  const days = Object.hasOwn(DAYS, asked) ? asked : USUAL;
  const { data, error, isPlaceholderData, refetch } = useQuery(dashboardQuery(Number(days)));
  return (
    <Desk
      title="Dashboard"
      lead={data ? `As of ${formatDateTime(data.generatedAt)}. Days are in UTC.` : 'Sales and activity at a glance.'}
      actions={
        <Choices
          label="Period"
          name="days"
          choices={DAYS}
          chosen={days}
          onChoose={(next) => setParams(next === USUAL ? {} : { days: next }, { replace: true, preventScrollReset: true })}
        />
      }
    >
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Waiting />}
      {data && (
        <div className={styles.dashboard} data-old={isPlaceholderData || undefined}>
          <Tiles of={data} />
          <Charts of={data} />
        </div>
      )}
    </Desk>
  );
}

function Waiting() {
  return (
    <Loading what="the dashboard">
      <div className={styles.dashboard}>
        <div className={styles.tiles}>
          {[0, 1, 2, 3].map((tile) => (
            <Skeleton key={tile} className={styles.tileWaiting} />
          ))}
        </div>
        <div className={styles.charts}>
          {[0, 1, 2, 3].map((chart) => (
            <Skeleton key={chart} className={styles.chartWaiting} />
          ))}
        </div>
      </div>
    </Loading>
  );
}
