import { parseAddress, toAddressData } from '@/lib/address';
import { type Problem, toProblem } from '@/lib/api/problem';
import type { Address, FieldError, Quote, SavedAddress } from '@/lib/api/types';
import { toSentence } from '@/lib/text';
import { formText } from '@/lib/useForm';
import { parseFields, requireText } from '@/lib/validate';
import { problemAt } from './quote';

/** The prefix of the address's fields, as the API names them. */
export const ADDRESS_PREFIX = 'shippingAddress.';
/** The field that selects one of the saved addresses, or `NEW_ADDRESS`. */
export const ADDRESS_CHOICE = 'address';
export const NEW_ADDRESS = 'new';

/** Where an order goes. */
export type Delivery = { email: string; shippingAddress: Address };

/** The address in the form. Throws a `Problem` with all required fields that are empty. */
function readAddress(data: FormData, saved: readonly SavedAddress[]): Address {
  const chosen = saved.find(({ id }) => String(id) === formText(data, ADDRESS_CHOICE));
  return chosen ? toAddressData(chosen) : parseAddress((name) => formText(data, name), ADDRESS_PREFIX);
}

/** The address in the form, if it is complete. */
export function completeAddress(data: FormData, saved: readonly SavedAddress[]): Address | undefined {
  try {
    return readAddress(data, saved);
  } catch {
    return undefined;
  }
}

/** What the form says about the delivery. Throws a `Problem` with all fields that are empty. */
export function parseDelivery(data: FormData, saved: readonly SavedAddress[]): Delivery {
  return parseFields({
    email: () => requireText(formText(data, 'email'), 'email'),
    shippingAddress: () => readAddress(data, saved),
  });
}

/** Whether the customer wants the typed address in their address book. */
export function wantsToSave(data: FormData): boolean {
  return data.has('saveAddress');
}

/**
 * What is wrong with the address, by the last quote: a code that is none of the country's, or a country without
 * delivery. The quote reports the latter at its method; it is the address that can be changed.
 */
export function addressErrors(quote: Quote | undefined, problem: Problem | undefined): FieldError[] {
  const invalid = problem?.fields.filter(({ field }) => field.startsWith('shippingAddress')) ?? [];
  const country = `${ADDRESS_PREFIX}country`;
  const nowhere = quote?.shippingMethods.length === 0 ? problemAt(quote, country) : undefined;
  return nowhere ? [...invalid, { field: country, message: nowhere.detail }] : invalid;
}

/** The errors to show: those of the last submit that were not edited since, and those of the quote elsewhere than where the customer types. */
export function errorsAt(field: string, submitted: readonly FieldError[], quoted: readonly FieldError[], typing: string | undefined): string | undefined {
  const messages = [...submitted, ...(field === typing ? [] : quoted)].filter((error) => error.field === field).map(({ message }) => message);
  return messages.length === 0 ? undefined : [...new Set(messages.map(toSentence))].join(' ');
}

/** The fields that an error names; none for other errors. */
export function fieldsOf(error: unknown): readonly FieldError[] {
  return toProblem(error).fields;
}
