import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '@/lib/api/client';
import type { InvoiceAddress, ShopSettings } from '@/lib/api/types';
import { formText } from '@/lib/useForm';
import { fieldProblem, parseFields } from '@/lib/validate';
import { optionalText } from '../lib/formFields';
import { parseQuantity } from '../lib/parse';
import { ifMatch, unwrapVersioned, type Versioned } from '../lib/versioned';

const ADDRESS_FIELDS = ['address.line1', 'address.line2', 'address.city', 'address.region', 'address.postalCode', 'address.country'] as const;
export const SHOP_FIELDS = ['currency', 'homeCountry', 'pricesIncludeTax', 'addressRequired', 'returnDays', 'name', ...ADDRESS_FIELDS] as const;

/** Currencies whose smallest unit is a hundredth, as the API accepts them. */
export const CURRENCIES = (
  'AED AUD BAM BGN BRL CAD CHF CNY CZK DKK EGP EUR GBP HKD ILS INR KES MAD MXN MYR NOK NZD PHP PLN RON RSD SAR SEK SGD THB TRY UAH USD ZAR'
).split(' ');

const MAX_RETURN_DAYS = 365;

export const shopSettingsQuery = queryOptions({
  queryKey: ['admin', 'settings', 'shop'],
  queryFn: ({ signal }) => unwrapVersioned(api.GET('/api/orders/settings', { cache: 'no-store', signal })),
  // A form uses it: a refetch must not replace what the user has typed.
  staleTime: Infinity,
  gcTime: 0,
});

/** Saves the settings over the version that was edited. */
export function saveShopSettings({ etag }: Versioned<ShopSettings>, body: ShopSettings): Promise<ShopSettings> {
  return unwrap(api.PUT('/api/orders/settings', { params: ifMatch(etag), body }));
}

/** Throws a `Problem` with all validation errors. */
export function parseShopSettings(data: FormData): ShopSettings {
  const { returnDays, address } = parseFields({
    returnDays: () => {
      const days = parseQuantity(formText(data, 'returnDays'), 'returnDays');
      if (days > MAX_RETURN_DAYS) throw fieldProblem('returnDays', `must be ${MAX_RETURN_DAYS} or less`);
      return days;
    },
    address: () => parseInvoiceAddress(data),
  });
  return {
    currency: formText(data, 'currency'),
    homeCountry: formText(data, 'homeCountry'),
    pricesIncludeTax: formText(data, 'pricesIncludeTax') === 'true',
    addressRequired: data.has('addressRequired'),
    returnDays,
    name: optionalText(data, 'name'),
    address,
  };
}

/** Null if all fields are empty; otherwise all but two are required. */
function parseInvoiceAddress(data: FormData): InvoiceAddress | null {
  const given = ADDRESS_FIELDS.some((field) => field !== 'address.country' && optionalText(data, field) !== null);
  if (!given) return null;
  const required = (field: (typeof ADDRESS_FIELDS)[number]) => () => {
    const text = optionalText(data, field);
    if (text === null) throw fieldProblem(field, 'must not be empty');
    return text;
  };
  const address = parseFields({
    line1: required('address.line1'),
    city: required('address.city'),
    postalCode: required('address.postalCode'),
    country: required('address.country'),
  });
  const [line2, region] = [optionalText(data, 'address.line2'), optionalText(data, 'address.region')];
  return { ...address, ...(line2 !== null && { line2 }), ...(region !== null && { region }) };
}

/** Questions before settings are saved that change what every customer pays. */
export function shopWarnings(before: ShopSettings, after: ShopSettings): string[] {
  const warnings: string[] = [];
  if (after.currency !== before.currency) {
    warnings.push(`All prices keep their numbers: what costs ${before.currency} 10.00 now will cost ${after.currency} 10.00. Existing orders keep ${before.currency}.`);
  }
  if (after.pricesIncludeTax !== before.pricesIncludeTax) {
    warnings.push(after.pricesIncludeTax ? 'Tax will no longer be added to your prices: it is part of them.' : 'Tax will be added to your prices at checkout.');
  }
  return warnings;
}
