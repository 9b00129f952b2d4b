import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { ButtonLink } from '@/components/ui/Button';
import { EmptyState, LoadError, Loading, Skeleton } from '@/components/ui/State';
import { updateUser, useUser } from '@/lib/session';
import { isInvalidLink, verifyQuery } from './verification';

/** Confirms an email address with the token of a mail, and says what came of it. */
export function VerifyEmail({ token }: { token: string }) {
  const user = useUser();
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery(verifyQuery(token));
  useEffect(() => {
    if (!data) return;
    updateUser(data);
    // The orders of a guest may now be in the account.
    void queries.invalidateQueries({ queryKey: ['mine'] });
  }, [data, queries]);
  if (data) {
    return (
      <EmptyState icon="check" title="Your email address is confirmed">
        <p>{data.email} belongs to your account. Orders that you placed with it as a guest appear there within a minute.</p>
        <ButtonLink to={user?.id === data.id ? '/orders' : '/login?next=/orders'} variant="primary">
          {user?.id === data.id ? 'Your orders' : 'Log in'}
        </ButtonLink>
      </EmptyState>
    );
  }
  if (token === '' || (error && isInvalidLink(error))) {
    return (
      <EmptyState icon="alert" title="This link is not valid">
        <p>A link to confirm an email address is valid for 24 hours, and only for the address that it was sent to. You can ask for a new one in your account.</p>
        <ButtonLink to="/account" variant="primary">
          Go to your account
        </ButtonLink>
      </EmptyState>
    );
  }
  if (error) return <LoadError error={error} onRetry={() => void refetch()} />;
  return (
    <Loading what="the confirmation">
      <Skeleton lines={4} />
    </Loading>
  );
}
