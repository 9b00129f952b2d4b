import { queryOptions } from '@tanstack/react-query';
import { api, expectSuccess, unwrap } from '@/lib/api/client';
import type { TaxRate, TaxRateData } from '@/lib/api/pending';
import { countryName } from '@/lib/countries';
import { formText } from '@/lib/useForm';
import { parseFields } from '@/lib/validate';
import { optionalText, parsePercentage } from '../lib/formFields';

export const TAX_RATES = { one: 'Tax rate', parent: { to: '/admin/settings/taxes', label: 'Tax rates' } };
export const TAX_RATE_FIELDS = ['country', 'region', 'category', 'percentage'] as const;
/** The category of the rate for shipping. */
export const SHIPPING_CATEGORY = 'shipping';

export const TAX_RATES_KEY = ['admin', 'settings', 'taxes'];

export const taxRatesQuery = queryOptions({
  queryKey: TAX_RATES_KEY,
  queryFn: ({ signal }) => unwrap(api.GET('/api/orders/tax-rates', { signal })),
});

/** Null if there is no such rate. */
export async function loadTaxRate(id: number, signal: AbortSignal): Promise<TaxRate | null> {
  return (await unwrap(api.GET('/api/orders/tax-rates', { signal }))).find((rate) => rate.id === id) ?? null;
}

/** Throws a `Problem` with all validation errors. */
export function parseTaxRate(data: FormData): TaxRateData {
  const { percentage } = parseFields({ percentage: () => parsePercentage(formText(data, 'percentage'), 'percentage') });
  return { country: formText(data, 'country'), region: optionalText(data, 'region'), category: optionalText(data, 'category'), percentage };
}

/** One attempt at a time, with the key that `sendOnce` gives it. */
export const NEW_TAX_RATE_SUBJECT = 'tax rate';

export function createTaxRate(key: string, body: TaxRateData): Promise<TaxRate> {
  return unwrap(api.POST('/api/orders/tax-rates', { params: { header: { 'Idempotency-Key': key } }, body }));
}

export function saveTaxRate(id: number, body: TaxRateData): Promise<TaxRate> {
  return unwrap(api.PUT('/api/orders/tax-rates/{id}', { params: { path: { id } }, body }));
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
