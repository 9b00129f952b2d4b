import { expect, it } from 'vitest';
import type { ShopSettings } from '@/lib/api/types';
import { toProblem } from '@/lib/api/problem';
import { parseShopSettings, shopWarnings } from './shopSettings';

const DEFAULTS = { currency: 'EUR', homeCountry: 'DE', pricesIncludeTax: 'true', returnDays: '14', name: '', 'address.country': 'DE' };
const SETTINGS: ShopSettings = { currency: 'EUR', homeCountry: 'DE', pricesIncludeTax: true, addressRequired: false, returnDays: 14, name: null, address: null };

function parse(fields: Record<string, string>): unknown {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  try {
    return parseShopSettings(data);
  } catch (error) {
    return toProblem(error).fields.map(({ field }) => field);
  }
}

it('a country alone is no address', () => {
  expect(parse(DEFAULTS)).toEqual(SETTINGS);
  expect(parse({ ...DEFAULTS, pricesIncludeTax: 'false', addressRequired: 'on', name: ' Tea & Co ' })).toEqual({
    ...SETTINGS,
    pricesIncludeTax: false,
    addressRequired: true,
    name: 'Tea & Co',
  });
});

it('an address is complete or absent', () => {
  const address = { 'address.line1': 'Street 1', 'address.line2': '', 'address.city': 'Berlin', 'address.region': '', 'address.postalCode': '10115' };
  expect(parse({ ...DEFAULTS, ...address })).toMatchObject({ address: { line1: 'Street 1', city: 'Berlin', postalCode: '10115', country: 'DE' } });
  expect(parse({ ...DEFAULTS, 'address.line1': 'Street 1', returnDays: '366' })).toEqual(['returnDays', 'address.city', 'address.postalCode']);
});

it('asks before all prices change', () => {
  expect(shopWarnings(SETTINGS, { ...SETTINGS, returnDays: 30 })).toEqual([]);
  expect(shopWarnings(SETTINGS, { ...SETTINGS, currency: 'USD', pricesIncludeTax: false })).toEqual([
    'All prices keep their numbers: what costs EUR 10.00 now will cost USD 10.00. Existing orders keep EUR.',
    'Tax will be added to your prices at checkout.',
  ]);
  expect(shopWarnings({ ...SETTINGS, pricesIncludeTax: false }, SETTINGS)).toEqual(['Tax will no longer be added to your prices: it is part of them.']);
});
