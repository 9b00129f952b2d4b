import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Button } from '@/components/ui/Button';
import { LoadError, Loading, Skeleton } from '@/components/ui/State';
import type { Page } from '@/lib/api/client';
import { formatCount } from '@/lib/text';
import styles from './PagedList.module.css';

/** A paginated list with its loading, error and empty states, a count and a “Show more” button. */
export function PagedList<Row>({ query, singular, plural, empty, children }: {
  query: UseInfiniteQueryResult<InfiniteData<Page<Row>>>;
  singular: string;
  plural?: string;
  empty: ReactNode;
  children: (rows: Row[]) => ReactNode;
}) {
  const noun = plural ?? `${singular}s`;
  if (query.isPending) {
    return (
      <div className={styles.status}>
        <Loading what={noun}>
          <Skeleton lines={8} />
        </Loading>
      </div>
    );
  }
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div data-stale={query.isPlaceholderData || undefined} className={styles.list}>
      {query.isError && (
        <div className={styles.status}>
          <LoadError error={query.error} onRetry={() => void (rows.length > 0 ? query.fetchNextPage() : query.refetch())} />
        </div>
      )}
      {rows.length > 0 ? children(rows) : !query.isError && <div className={styles.empty}>{empty}</div>}
      <div className={styles.footer}>
        <p role="status" className={styles.count}>
          {rows.length > 0 && `${formatCount(rows.length, singular, plural)}${query.hasNextPage ? ' shown' : ''}`}
        </p>
        {query.hasNextPage && (
          <Button size="s" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show more
          </Button>
        )}
      </div>
    </div>
  );
}
