import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useParams } from 'react-router';
import { ButtonLink } from '@/components/ui/Button';
import { EmptyState, LoadError, Loading, Skeleton } from '@/components/ui/State';
import { toProblem } from '@/lib/api/problem';
import { parseId } from '@/lib/id';
import { AdminPage } from '../components/AdminPage';

/** What one part of the settings calls its rules, and where their list is. */
export type RuleWords = {
  /** `Tax rate`, at the beginning of a sentence. */
  one: string;
  parent: { to: string; label: string };
};

type Props<T> = {
  words: RuleWords;
  /** Of all rules of this part. */
  queryKey: readonly string[];
  load: (id: number, signal: AbortSignal) => Promise<T>;
  title: (rule: T) => string;
  lead?: (rule: T) => ReactNode;
  /** The form. It gets a function that loads the rule again. */
  children: (rule: T, reload: () => void) => ReactNode;
};

/** The page that edits the rule in the URL, once it is loaded. */
export function RulePage<T>({ words, ...props }: Props<T>) {
  const id = parseId(useParams()['id']);
  return id === undefined ? <NoSuchRule words={words} /> : <Loaded key={id} id={id} words={words} {...props} />;
}

function Loaded<T>({ id, words, queryKey, load, title, lead, children }: Props<T> & { id: number }) {
  const { data, error, isPending, refetch } = useQuery({
    queryKey: [...queryKey, 'one', id],
    queryFn: ({ signal }) => load(id, signal),
    // A form uses it: a refetch must not replace what the user has typed.
    staleTime: Infinity,
    gcTime: 0,
  });
  if (data === undefined && error && toProblem(error).status === 404) return <NoSuchRule words={words} />;
  return (
    <AdminPage title={data === undefined ? words.one : title(data)} parent={words.parent} lead={data !== undefined && lead?.(data)}>
      {isPending && (
        <Loading what={`the ${words.one.toLowerCase()}`}>
          <Skeleton lines={8} />
        </Loading>
      )}
      {error && <LoadError error={error} onRetry={() => void refetch()} />}
      {data !== undefined && children(data, () => void refetch())}
    </AdminPage>
  );
}

function NoSuchRule({ words: { one, parent } }: { words: RuleWords }) {
  return (
    <AdminPage title="Not found" parent={parent}>
      <EmptyState icon="search" title={`${one} not found`}>
        <p>It may have been deleted.</p>
        <ButtonLink to={parent.to}>{parent.label}</ButtonLink>
      </EmptyState>
    </AdminPage>
  );
}
