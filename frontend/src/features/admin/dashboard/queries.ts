import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '@/lib/api/client';

export const PERIODS = { '7': '7 days', '30': '30 days', '90': '90 days', '365': '1 year' } as const;

/** The API caches the dashboard for three seconds. */
const REFRESH_MS = 15_000;

export function dashboardQuery(days: number) {
  return queryOptions({
    queryKey: ['admin', 'dashboard', days],
    queryFn: ({ signal }) => unwrap(api.GET('/api/analytics/dashboard', { params: { query: { days } }, signal })),
    staleTime: 3_000,
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
  });
}
