import { expect, it } from 'vitest';
import { ADDRESS_FIELDS, addressLines, allCountries, countryName, countryOfLanguage, parseAddress, toAddressData } from './address';
import { toProblem } from './api/problem';

const form = (fields: Record<string, string>) => (name: string) => fields[name] ?? '';
const HOME = { name: 'Ada', line1: 'Street 1', postalCode: '10115', city: 'Berlin', country: 'DE' };

function fieldsWrongIn(action: () => unknown): string[] {
  try {
    action();
  } catch (error) {
    return toProblem(error).fields.map(({ field }) => field);
  }
  return [];
}

it('reads an address and leaves out what is empty', () => {
  expect(parseAddress(form({ ...HOME, name: ' Ada ', line2: '  ', region: '', phone: ' 030 12345 ' }))).toEqual({ ...HOME, phone: '030 12345' });
});

it('names every required field that is empty, with its prefix', () => {
  expect(fieldsWrongIn(() => parseAddress(form({})))).toEqual(['name', 'line1', 'postalCode', 'city', 'country']);
  const nested = Object.fromEntries(Object.entries(HOME).map(([name, value]) => [`shippingAddress.${name}`, value]));
  expect(parseAddress(form(nested), 'shippingAddress.')).toEqual(HOME);
  expect(fieldsWrongIn(() => parseAddress(form({ ...nested, 'shippingAddress.city': ' ' }), 'shippingAddress.'))).toEqual(['shippingAddress.city']);
});

it('lists every country once, by its name', () => {
  const all = allCountries();
  expect(all).toHaveLength(249);
  expect(new Set(all.map(({ name }) => name)).size).toBe(249);
  expect(all[0]?.name).toBe('Afghanistan');
  expect(all.find(({ code }) => code === 'DE')?.name).toBe('Germany');
  expect(countryName('FR')).toBe('France');
});

it.each([
  ['de-AT', 'AT'],
  ['en-us', 'US'],
  ['zh-Hant-TW', 'TW'],
  ['de', undefined],
  ['en-XX', undefined],
  ['', undefined],
])('takes the country of %j', (language, country) => {
  expect(countryOfLanguage(language)).toBe(country);
});

it('writes an address as on a parcel', () => {
  expect(addressLines({ ...HOME, line2: 'Flat 2', region: 'Mitte' })).toEqual(['Street 1', 'Flat 2', '10115 Berlin', 'Mitte', 'Germany']);
  expect(addressLines({ ...HOME, line2: null })).toEqual(['Street 1', '10115 Berlin', 'Germany']);
});

it('sends an address without what the API adds to it', () => {
  const saved = { ...HOME, id: 7, isDefault: true, createdAt: '', updatedAt: '', region: null, phone: '030 12345' };
  expect(toAddressData(saved)).toEqual({ ...HOME, phone: '030 12345' });
  expect(Object.keys(toAddressData(saved)).every((name) => (ADDRESS_FIELDS as readonly string[]).includes(name))).toBe(true);
});
