import { type ReactNode, useEffect, useState } from 'react';
import type { Address, Order, SavedAddress, User } from '@/lib/api/types';
import { track } from '@/lib/track';
import type { CheckoutLine, LineActions } from './CheckoutLines';
import { NewOrder } from './NewOrder';
import { PayOrder } from './PayOrder';
import { StalePurchase } from './UnconfirmedPurchase';
import type { PurchaseState } from './usePurchase';

export type CheckoutProps = LineActions & {
  user: User;
  state: PurchaseState;
  /** The items of the basket. */
  lines: readonly CheckoutLine[];
  /** The customer's address book, the default first. */
  addresses: readonly SavedAddress[];
  /** The customer accepts the prices that are shown. */
  onAcceptPrices: () => void;
  /** The customer wants an address in their address book. */
  onSaveAddress: (address: Address) => void;
};

type Props = CheckoutProps & {
  /** An unpaid order to pay instead of placing a new one. */
  order: Order | undefined;
  /** Other actions for that order. */
  alternatives: ReactNode;
};

/** A new order, the payment of an unpaid one, or a purchase whose outcome is unknown. */
export function Checkout({ order, alternatives, ...props }: Props) {
  const { user, state } = props;
  const { open, age } = state;
  // A form stays when it is sent, in this tab or another: it is needed again if the order is rejected. A page that
  // finds an open purchase has none to show.
  const [hasForm, setHasForm] = useState(!open);
  if (!open && !hasForm) setHasForm(true);
  useEffect(() => track('checkout.start', {}), []);

  if (open && age !== 'fresh') return <StalePurchase userId={user.id} purchase={open} state={state} />;
  if (order) return <PayOrder state={state} order={order} open={open} alternatives={alternatives} />;
  if (open && !hasForm) return <PayOrder state={state} order={undefined} open={open} alternatives={null} />;
  return <NewOrder {...props} />;
}
