import type { UseInfiniteQueryResult, InfiniteData } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Button } from '@/components/ui/Button';
import { Failed, Loading, Skeleton } from '@/components/ui/State';
import type { Page } from '@/lib/api/client';
import { formatCount } from '@/lib/text';
import styles from './Listing.module.css';

/** A list that comes in pages: what there is of it, how much, and more of it. */
export function Listing<Row>({ of: list, one, many, empty, children }: {
  of: UseInfiniteQueryResult<InfiniteData<Page<Row>>>;
  one: string;
  many?: string;
  empty: ReactNode;
  children: (rows: Row[]) => ReactNode;
}) {
  const words = many ?? `${one}s`;
  if (list.isPending) {
    return (
      <div className={styles.wait}>
        <Loading what={words}>
          <Skeleton lines={8} />
        </Loading>
      </div>
    );
  }
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div data-old={list.isPlaceholderData || undefined} className={styles.listing}>
      {list.isError && (
        <div className={styles.wait}>
          <Failed error={list.error} onRetry={() => void (rows.length > 0 ? list.fetchNextPage() : list.refetch())} />
        </div>
      )}
      {rows.length > 0 ? children(rows) : !list.isError && <div className={styles.empty}>{empty}</div>}
      <div className={styles.end}>
        <p role="status" className={styles.count}>
          {rows.length > 0 && `${formatCount(rows.length, one, many)}${list.hasNextPage ? ' shown' : ''}`}
        </p>
        {list.hasNextPage && (
          <Button size="s" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show more
          </Button>
        )}
      </div>
    </div>
  );
}
