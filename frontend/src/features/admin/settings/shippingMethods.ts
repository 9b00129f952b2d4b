import { queryOptions } from '@tanstack/react-query';
import { api, expectSuccess, unwrap } from '@/lib/api/client';
import type { ShippingMethod, ShippingMethodData } from '@/lib/api/types';
import { countryName, isCountry } from '@/lib/address';
import { formText } from '@/lib/useForm';
import { fieldProblem, parseFields, requireText } from '@/lib/validate';
import { createOrFind } from '../lib/createOrFind';
import { optionalAmount } from '../lib/formFields';
import { parseAmount, parseQuantity } from '../lib/parse';
import { ifMatch, unwrapVersioned, type Versioned } from '../lib/versioned';

export const SHIPPING = { one: 'Shipping method', parent: { to: '/admin/settings/shipping', label: 'Shipping methods' } };
export const SHIPPING_FIELDS = ['name', 'price', 'freeAbove', 'countries', 'minDays', 'maxDays', 'active'] as const;

export const SHIPPING_KEY = ['admin', 'settings', 'shipping'];
const loadAll = (signal?: AbortSignal) => unwrap(api.GET('/api/orders/shipping-methods', { params: { query: { all: true } }, ...(signal && { signal }) }));

export const shippingMethodsQuery = queryOptions({ queryKey: SHIPPING_KEY, queryFn: ({ signal }) => loadAll(signal) });

export function loadShippingMethod(id: number, signal: AbortSignal): Promise<Versioned<ShippingMethod>> {
  return unwrapVersioned(api.GET('/api/orders/shipping-methods/{id}', { params: { path: { id } }, cache: 'no-store', signal }));
}

/** Country codes separated by commas or spaces. Empty for every country. */
export function parseCountries(text: string, field: string): string[] {
  const codes = [...new Set(text.toUpperCase().split(/[\s,;]+/).filter((code) => code !== ''))];
  const unknown = codes.filter((code) => !isCountry(code));
  if (unknown.length > 0) throw fieldProblem(field, `must be codes of countries such as DE, AT, CH; unknown: ${unknown.join(', ')}`);
  return codes;
}

/** Throws a `Problem` with all validation errors. */
export function parseShippingMethod(data: FormData): ShippingMethodData {
  const days = (field: 'minDays' | 'maxDays') => parseQuantity(formText(data, field), field);
  const method = parseFields({
    name: () => requireText(formText(data, 'name'), 'name'),
    price: () => parseAmount(formText(data, 'price'), 'price'),
    freeAbove: () => optionalAmount(data, 'freeAbove'),
    countries: () => parseCountries(formText(data, 'countries'), 'countries'),
    minDays: () => days('minDays'),
    maxDays: () => days('maxDays'),
  });
  if (method.maxDays < method.minDays) throw fieldProblem('maxDays', 'must not be less than the fewest days');
  return { ...method, active: data.has('active') };
}

/** After a lost response, looks up whether it was added: there can be only one. */
export function createShippingMethod(body: ShippingMethodData): Promise<ShippingMethod> {
  const find = async () => (await loadAll()).find(({ name }) => name === body.name);
  return createOrFind(() => unwrap(api.POST('/api/orders/shipping-methods', { body })), find);
}

/** Saves it over the version that was edited. */
export function saveShippingMethod({ value: { id }, etag }: Versioned<ShippingMethod>, body: ShippingMethodData): Promise<ShippingMethod> {
  return unwrap(api.PUT('/api/orders/shipping-methods/{id}', { params: { path: { id }, ...ifMatch(etag) }, body }));
}

export function deleteShippingMethod(id: number): Promise<void> {
  return expectSuccess(api.DELETE('/api/orders/shipping-methods/{id}', { params: { path: { id } } }));
}

const NAMED_COUNTRIES = 3;

/** `Every country`, `Austria, Germany`, `Austria, Germany, Italy and 4 more`. */
export function describeCountries(codes: readonly string[]): string {
  if (codes.length === 0) return 'Every country';
  const names = codes.map(countryName).sort((one, other) => one.localeCompare(other, 'en'));
  const rest = names.length - NAMED_COUNTRIES;
  return rest <= 0 ? names.join(', ') : `${names.slice(0, NAMED_COUNTRIES).join(', ')} and ${rest} more`;
}
