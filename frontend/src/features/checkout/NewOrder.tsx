import { useRef, useState } from 'react';
import { Link } from 'react-router';
import { TextField } from '@/components/ui/Field';
import { hasAccount } from '@/lib/session';
import { useShopCurrency } from '@/lib/shop';
import { AddressField } from './AddressField';
import type { CheckoutProps } from './Checkout';
import styles from './checkout.module.css';
import { CheckoutLines } from './CheckoutLines';
import { DiscountField } from './DiscountField';
import { OrderSummary } from './OrderSummary';
import { PaymentMethodField } from './PaymentMethodField';
import { DEFAULT_METHOD, type PaymentMethod } from './paymentMethods';
import { PurchaseError } from './PurchaseError';
import { problemAt, unknownProducts } from './quote';
import { ShippingMethodField } from './ShippingMethodField';
import { PendingPurchase } from './UnconfirmedPurchase';
import { useNewOrder } from './useNewOrder';

/** Contact, address, shipping method, discount and payment of a new order, with the price of all that. */
export function NewOrder(props: CheckoutProps) {
  const { user, state, addresses, onChangeQuantity, onRemove } = props;
  const { open, problem, failed } = state;
  const [method, setMethod] = useState<PaymentMethod>(DEFAULT_METHOD);
  const form = useRef<HTMLFormElement>(null);
  const order = useNewOrder(form, props);
  const { quote } = order.quoted;
  const shopCurrency = useShopCurrency();
  const locked = open !== undefined;
  const guest = hasAccount(user) ? undefined : user;
  const unknown = [...unknownProducts(quote), ...(problem?.productId === undefined ? [] : [problem.productId])];
  return (
    // No submit button: the return key must not place an order.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the events are those of its fields
    <form
      ref={form}
      noValidate
      className={styles.checkout}
      onInput={({ target }) => order.edited(nameOf(target))}
      onFocus={({ target }) => order.setTyping(nameOf(target))}
      onBlur={() => order.setTyping(undefined)}
      onSubmit={(event) => event.preventDefault()}
    >
      <div className={styles.main}>
        {open && <PendingPurchase purchase={open} failed={failed} />}
        {problem && <PurchaseError problem={problem} ofOrder={false} />}
        <section aria-label="Items in this order">
          <CheckoutLines
            lines={order.lines}
            shortages={problem?.shortages ?? []}
            unknownProductIds={unknown}
            currency={quote?.currency ?? shopCurrency}
            actions={locked ? undefined : { onChangeQuantity, onRemove }}
          />
        </section>
        <fieldset className={styles.section} disabled={locked}>
          <legend>How can we reach you?</legend>
          <TextField
            label="Email"
            name="email"
            type="email"
            autoComplete="email"
            required
            defaultValue={user.email}
            hint="For the confirmation and updates on this order."
            error={order.fieldError('email')}
          />
          {guest && (
            <p className={styles.muted}>
              You are ordering as a guest. <Link to="/login?next=/checkout">Log in instead</Link>
            </p>
          )}
        </fieldset>
        <AddressField addresses={addresses} guest={guest} fieldError={order.fieldError} locked={locked} />
        <ShippingMethodField
          methods={order.address && quote ? quote.shippingMethods : undefined}
          currency={quote?.currency ?? shopCurrency}
          selected={order.methodId}
          onSelect={order.chooseMethod}
          locked={locked}
        />
        <DiscountField code={order.code} problem={problemAt(quote, 'discountCode')?.detail} pending={order.quoted.outdated} onApply={order.applyCode} locked={locked} />
        <PaymentMethodField selected={open?.method ?? method} onSelect={setMethod} locked={locked} />
      </div>
      <OrderSummary state={state} order={order} onSubmit={() => order.submit(method)} />
    </form>
  );
}

function nameOf(target: EventTarget): string {
  return target instanceof Element ? (target.getAttribute('name') ?? '') : '';
}
