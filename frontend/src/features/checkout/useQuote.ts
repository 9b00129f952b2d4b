import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { type Problem, toProblem } from '@/lib/api/problem';
import type { Quote } from '@/lib/api/types';
import { type QuoteInput, quoteQuery } from './quote';

/** Debounce: about one request per field that is typed. */
const PAUSE_MS = 300;

export type QuoteState = {
  /** For the present input, or the last one while that is loaded or if it cannot be. */
  quote: Quote | undefined;
  /** `quote` is not, or not yet, that of the present input. */
  outdated: boolean;
  /** Why there is no quote for the present input. */
  problem: Problem | undefined;
  retry: () => void;
  /** The quote of an input, as soon as there is one. */
  load: (input: QuoteInput) => Promise<Quote>;
  /** The API has sent a newer quote of the present input with another response. */
  replace: (quote: Quote) => void;
};

/** The price of what is in the form, as it changes: the last request wins, and earlier ones are aborted. */
export function useQuote(userId: number, input: QuoteInput): QuoteState {
  const queries = useQueryClient();
  const debounced = useDebounced(input);
  const present = quoteQuery(userId, input);
  const query = quoteQuery(userId, debounced);
  const { data, error, refetch } = useQuery({ ...query, enabled: input.items.length > 0 });
  const [last, setLast] = useState<Quote>();
  if (data !== undefined && data !== last) setLast(data);
  const settled = isSame(present.queryKey, query.queryKey);
  return {
    quote: data ?? last,
    outdated: !settled || data === undefined,
    problem: settled && error ? toProblem(error) : undefined,
    retry: () => void refetch(),
    load: (wanted) => queries.query({ ...quoteQuery(userId, wanted), staleTime: 'static' }),
    replace: (newer) => void queries.setQueryData(present.queryKey, newer),
  };
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The value as it was when it had not changed for a moment. */
function useDebounced<T>(value: T): T {
  const [debounced, setDebounced] = useState(value);
  const changed = !isSame(value, debounced);
  const content = JSON.stringify(value);
  useEffect(() => {
    if (!changed) return undefined;
    const timer = setTimeout(() => setDebounced(JSON.parse(content) as T), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [changed, content]);
  return debounced;
}
