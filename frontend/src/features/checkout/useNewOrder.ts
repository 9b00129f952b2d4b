import { type RefObject, useEffect, useState } from 'react';
import { type Problem, toProblem } from '@/lib/api/problem';
import type { Address, FieldError } from '@/lib/api/types';
import type { CheckoutProps } from './Checkout';
import type { CheckoutLine } from './CheckoutLines';
import { addressErrors, completeAddress, type Delivery, errorsAt, fieldsOf, parseDelivery, wantsToSave } from './draft';
import type { PaymentMethod } from './paymentMethods';
import { newOrder } from './purchase';
import { problemAt, quoteBill, quotedLines } from './quote';
import { type QuoteState, useQuote } from './useQuote';

export type NewOrderForm = {
  /** Something in the form has changed; `field` is its name. */
  edited: (field: string) => void;
  /** The field that has the focus: what is being typed is not yet wrong. */
  setTyping: (field: string | undefined) => void;
  fieldError: (field: string) => string | undefined;
  address: Address | undefined;
  methodId: number | undefined;
  chooseMethod: (id: number) => void;
  code: string | undefined;
  applyCode: (code: string | undefined) => void;
  quoted: QuoteState;
  /** The items at the quote's prices. */
  lines: CheckoutLine[];
  /** The order is about to be sent. */
  checking: boolean;
  /** Why it was not: no price, or another one than the customer has seen. */
  held: Problem | 'total_changed' | undefined;
  submit: (method: PaymentMethod) => void;
};

/** What a new order consists of, its price, and how it is sent: for the total that the customer sees. */
export function useNewOrder(form: RefObject<HTMLFormElement | null>, props: CheckoutProps): NewOrderForm {
  const { user, state, lines, addresses, onAcceptPrices, onSaveAddress } = props;
  const [address, setAddress] = useState<Address | undefined>(() => (addresses[0] ? completeAddress(selection(addresses[0].id), addresses) : undefined));
  const [methodId, setMethodId] = useState<number>();
  const [code, setCode] = useState<string>();
  const [submitted, setSubmitted] = useState<readonly FieldError[]>([]);
  const [editedFields, setEditedFields] = useState<readonly string[]>([]);
  const [typing, setTyping] = useState<string>();
  const [checking, setChecking] = useState(false);
  const [held, setHeld] = useState<NewOrderForm['held']>();
  const quoted = useQuote(user.id, { items: lines, address, methodId, code });
  const { quote, problem, replace, retry } = quoted;

  // The chosen method does not deliver to the new address: back to the cheapest one.
  if (methodId !== undefined && !quoted.outdated && problemAt(quote, 'shippingMethodId')) setMethodId(undefined);

  const rejected = state.problem;
  useEffect(() => {
    if (!rejected) return;
    if (rejected.quote) replace(rejected.quote);
    else retry();
    focusFirstInvalid(form.current, rejected.fields);
    // Once for each rejection.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [rejected]);

  const errors = [...submitted, ...(rejected?.fields ?? [])].filter(({ field }) => !editedFields.includes(field));
  const wrongAddress = addressErrors(quoted.outdated ? undefined : quote, problem);

  function fail(fields: readonly FieldError[]): void {
    setSubmitted(fields);
    focusFirstInvalid(form.current, fields);
  }

  async function send(delivery: Delivery, method: PaymentMethod): Promise<void> {
    const { shippingAddress } = delivery;
    setAddress(shippingAddress);
    const latest = await quoted.load({ items: lines, address: shippingAddress, methodId, code });
    if (latest.total !== quote?.total) {
      setHeld('total_changed');
      return;
    }
    const usableCode = problemAt(latest, 'discountCode') ? undefined : code;
    const terms = {
      ...delivery,
      ...(typeof latest.shippingMethodId === 'number' && { shippingMethodId: latest.shippingMethodId }),
      ...(usableCode !== undefined && { discountCode: usableCode }),
    };
    onAcceptPrices();
    const bill = { ...quoteBill(latest), discountCode: usableCode };
    state.buy(newOrder(lines, latest.total, method, terms), { lines: quotedLines(lines, latest), total: latest.total, bill });
  }

  function submit(method: PaymentMethod): void {
    if (state.open) {
      state.checkAgain();
      return;
    }
    if (checking || !form.current) return;
    const data = new FormData(form.current);
    setHeld(undefined);
    setEditedFields([]);
    setSubmitted([]);
    let delivery: Delivery;
    try {
      delivery = parseDelivery(data, addresses);
    } catch (error) {
      fail(fieldsOf(error));
      return;
    }
    if (wrongAddress.length > 0) {
      focusFirstInvalid(form.current, wrongAddress);
      return;
    }
    if (wantsToSave(data)) onSaveAddress(delivery.shippingAddress);
    setChecking(true);
    send(delivery, method)
      .catch((error: unknown) => (fieldsOf(error).length > 0 ? fail(fieldsOf(error)) : setHeld(toProblem(error))))
      .finally(() => setChecking(false));
  }

  return {
    edited: (field) => {
      if (form.current) setAddress(completeAddress(new FormData(form.current), addresses));
      if (!editedFields.includes(field)) setEditedFields([...editedFields, field]);
    },
    setTyping,
    fieldError: (field) => errorsAt(field, errors, wrongAddress, typing),
    address,
    methodId: methodId ?? quote?.shippingMethodId ?? undefined,
    chooseMethod: setMethodId,
    code,
    applyCode: setCode,
    quoted,
    lines: quotedLines(lines, quote),
    checking,
    held,
    submit,
  };
}

function selection(id: number): FormData {
  const data = new FormData();
  data.set('address', String(id));
  return data;
}

function focusFirstInvalid(form: HTMLFormElement | null, fields: readonly FieldError[]): void {
  const invalid = new Set(fields.map(({ field }) => field));
  const first = [...(form?.elements ?? [])].find((element) => invalid.has(element.getAttribute('name') ?? ''));
  if (first instanceof HTMLElement) first.focus();
}
