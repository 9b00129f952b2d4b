import { useLocation } from 'react-router';
import { LoadError } from '@/components/ui/State';
import { GuestForm } from '@/features/account/GuestForm';
import { totalOfLines, useBasketLines } from '@/features/basket/lines';
import { Contact } from '@/features/checkout/Contact';
import { loginPath, signupPath } from '../guards';
import { basketActions, CheckoutSkeleton, NothingToBuy, toCheckoutLines } from './checkoutStates';

/** The basket of a visitor, who continues as a guest or with an account. */
export function VisitorCheckout() {
  const { lines, refetch } = useBasketLines();
  const location = useLocation();
  const total = totalOfLines(lines);
  const failed = lines.find((line) => line.state === 'failed');
  if (lines.some((line) => line.state === 'loading')) return <CheckoutSkeleton />;
  if (failed) return <LoadError error={failed.problem} onRetry={() => void refetch()} />;
  if (lines.length === 0 || total === undefined) return <NothingToBuy hasUnavailable={lines.length > 0} />;
  return (
    <Contact lines={toCheckoutLines(lines)} actions={basketActions} total={total} guest={<GuestForm />} logIn={loginPath(location)} signUp={signupPath(location)} />
  );
}
