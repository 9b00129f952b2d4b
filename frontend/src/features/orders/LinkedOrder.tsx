import { useQuery } from '@tanstack/react-query';
import { ButtonLink } from '@/components/ui/Button';
import { EmptyState, LoadError, Notice } from '@/components/ui/State';
import { toProblem } from '@/lib/api/problem';
import { OrderDetails } from './OrderDetails';
import { OrderSkeleton } from './OrderView';
import { linkedOrderQuery } from './queries';

/** How the API rejects a key that is wrong, too old or was revoked. */
const NO_LONGER_VALID = [400, 401, 403, 404, 410];

type Props = {
  id: number;
  orderKey: string;
  /** Where to log in; undefined for a user whose order it is not. */
  logIn: string | undefined;
};

/** An order by its link: it shows that order alone, and nothing can be done with it. */
export function LinkedOrder({ id, orderKey, logIn }: Props) {
  const { data: order, error, isPending, refetch } = useQuery(linkedOrderQuery(id, orderKey));
  if (isPending) return <OrderSkeleton />;
  if (!order && NO_LONGER_VALID.includes(toProblem(error).status)) {
    return (
      <EmptyState icon="package" title="This link is not valid">
        <p>A link to an order is valid for 90 days, unless it was ended before.</p>
        <ButtonLink to={logIn ?? '/orders'} variant="primary">
          {logIn === undefined ? 'Your orders' : 'Log in'}
        </ButtonLink>
      </EmptyState>
    );
  }
  if (!order) return <LoadError error={error} onRetry={() => void refetch()} />;
  return (
    <OrderDetails
      order={order}
      viewer="link"
      notice={
        <Notice>
          {logIn === undefined ? (
            <span>You see this order by its link. It is not among your orders, so you cannot change it.</span>
          ) : (
            <>
              <span>You see this order by its link. To cancel it or to return items, log in.</span>
              <span>
                <ButtonLink to={logIn} size="s">
                  Log in
                </ButtonLink>
              </span>
            </>
          )}
        </Notice>
      }
    />
  );
}
