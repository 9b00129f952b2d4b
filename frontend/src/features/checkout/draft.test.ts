import { describe, expect, it } from 'vitest';
import { Problem } from '@/lib/api/problem';
import type { Quote, SavedAddress } from '@/lib/api/types';
import { addressErrors, completeAddress, errorsAt, fieldsOf, parseDelivery, wantsToSave } from './draft';

const at = '2026-01-01T00:00:00.000Z';
const HOME = { name: 'Ada', line1: 'Street 1', city: 'Berlin', postalCode: '10115', country: 'DE' };
const SAVED: SavedAddress = { id: 4, isDefault: true, createdAt: at, updatedAt: at, ...HOME };

function form(fields: Record<string, string>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  return data;
}
const typed = (fields: Record<string, string>) => form(Object.fromEntries(Object.entries(fields).map(([name, value]) => [`shippingAddress.${name}`, value])));

describe('the address', () => {
  it('is the selected one of the address book', () => {
    expect(completeAddress(form({ address: '4' }), [SAVED])).toEqual(HOME);
  });

  it('is what was typed, once it is complete', () => {
    expect(completeAddress(typed({ ...HOME, phone: ' ' }), [])).toEqual(HOME);
    expect(completeAddress(typed({ ...HOME, city: ' ' }), [])).toBeUndefined();
    expect(completeAddress(form({ address: '5' }), [SAVED])).toBeUndefined();
  });

  it('is reported with all fields that are empty', () => {
    const data = typed({ ...HOME, city: '', name: '' });
    data.set('email', '');
    const parse = () => {
      try {
        return parseDelivery(data, []);
      } catch (error) {
        return fieldsOf(error).map(({ field }) => field);
      }
    };
    expect(parse()).toEqual(['email', 'shippingAddress.name', 'shippingAddress.city']);
    for (const [name, value] of [['email', ' ada@example.org '], ['shippingAddress.name', 'Ada'], ['shippingAddress.city', 'Berlin']] as const) data.set(name, value);
    expect(parse()).toEqual({ email: 'ada@example.org', shippingAddress: HOME });
    expect([wantsToSave(data), wantsToSave(form({ saveAddress: 'on' }))]).toEqual([false, true]);
  });
});

describe('errors', () => {
  const code = { field: 'shippingAddress.postalCode', message: 'must be one of DE' };
  const nowhere = { field: 'shippingAddress.country', code: 'shipping_unavailable', detail: 'We do not deliver to FR.' };
  const quote = (shippingMethods: Quote['shippingMethods'], problems = [nowhere]) => ({ shippingMethods, problems }) as Quote;

  it('of the address come from the API, and are shown where they can be corrected', () => {
    expect(addressErrors(undefined, new Problem(400, { code: 'invalid', errors: [code, { field: 'discountCode', message: 'bad' }] }))).toEqual([code]);
    expect(addressErrors(quote([]), undefined)).toEqual([{ field: 'shippingAddress.country', message: 'We do not deliver to FR.' }]);
    expect(addressErrors(quote([{ id: 1, name: 'Standard', price: 0, minDays: 2, maxDays: 5 }]), undefined)).toEqual([]);
    expect(addressErrors(quote([], []), undefined)).toEqual([]);
  });

  it('wait until the field is left, unless it was submitted', () => {
    expect(errorsAt(code.field, [], [code], undefined)).toBe('Must be one of DE.');
    expect(errorsAt(code.field, [], [code], code.field)).toBeUndefined();
    expect(errorsAt(code.field, [code], [code], code.field)).toBe('Must be one of DE.');
    expect(errorsAt('email', [code], [code], undefined)).toBeUndefined();
  });
});
