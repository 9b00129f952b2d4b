import { queryOptions } from '@tanstack/react-query';
import { api, expectSuccess, unwrap } from '@/lib/api/client';
import type { TaxRate, TaxRateData } from '@/lib/api/types';
import { countryName } from '@/lib/address';
import { formText } from '@/lib/useForm';
import { parseFields } from '@/lib/validate';
import { createOrFind } from '../lib/createOrFind';
import { optionalText, parsePercentage } from '../lib/formFields';
import { ifMatch, unwrapVersioned, type Versioned } from '../lib/versioned';

export const TAX_RATES = { one: 'Tax rate', parent: { to: '/admin/settings/taxes', label: 'Tax rates' } };
export const TAX_RATE_FIELDS = ['country', 'region', 'category', 'percentage'] as const;
/** The category of the rate for shipping. */
export const SHIPPING_CATEGORY = 'shipping';

export const TAX_RATES_KEY = ['admin', 'settings', 'taxes'];

export const taxRatesQuery = queryOptions({
  queryKey: TAX_RATES_KEY,
  queryFn: ({ signal }) => unwrap(api.GET('/api/orders/tax-rates', { signal })),
});

export function loadTaxRate(id: number, signal: AbortSignal): Promise<Versioned<TaxRate>> {
  return unwrapVersioned(api.GET('/api/orders/tax-rates/{id}', { params: { path: { id } }, cache: 'no-store', signal }));
}

/** Throws a `Problem` with all validation errors. */
export function parseTaxRate(data: FormData): TaxRateData {
  const { percentage } = parseFields({ percentage: () => parsePercentage(formText(data, 'percentage'), 'percentage') });
  return { country: formText(data, 'country'), region: optionalText(data, 'region'), category: optionalText(data, 'category'), percentage };
}

/** After a lost response, looks up whether it was added: there can be only one. */
export function createTaxRate(body: TaxRateData): Promise<TaxRate> {
  const find = async () => (await unwrap(api.GET('/api/orders/tax-rates'))).find(({ country, region, category }) => country === body.country && (region ?? null) === body.region && (category ?? null) === body.category);
  return createOrFind(() => unwrap(api.POST('/api/orders/tax-rates', { body })), find);
}

/** Saves it over the version that was edited. */
export function saveTaxRate({ value: { id }, etag }: Versioned<TaxRate>, body: TaxRateData): Promise<TaxRate> {
  return unwrap(api.PUT('/api/orders/tax-rates/{id}', { params: { path: { id }, ...ifMatch(etag) }, body }));
}

export function deleteTaxRate(id: number): Promise<void> {
  return expectSuccess(api.DELETE('/api/orders/tax-rates/{id}', { params: { path: { id } } }));
}

/** Where a rate applies: `Germany`, `United States, California`. */
export function taxRatePlace({ country, region }: Pick<TaxRate, 'country' | 'region'>): string {
  return region ? `${countryName(country)}, ${region}` : countryName(country);
}

/** What a rate applies to. */
export function taxRateGoods(category: string | null | undefined): string {
  if (!category) return 'Everything';
  return category.toLowerCase() === SHIPPING_CATEGORY ? 'Shipping' : category;
}

/** By place, the general rate first. */
export function sortTaxRates(rates: readonly TaxRate[]): TaxRate[] {
  const order = (rate: TaxRate) => [countryName(rate.country), rate.region ?? '', rate.category ?? ''].join('\u0000');
  return [...rates].sort((one, other) => order(one).localeCompare(order(other), 'en'));
}
