import { expect, it } from 'vitest';
import { parseAddressForm } from './addresses';

const HOME = { name: 'Ada', line1: 'Street 1', postalCode: '10115', city: 'Berlin', country: 'DE' };

function form(fields: Record<string, string>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  return data;
}

it('says that an address becomes the default, and never that it is none', () => {
  expect(parseAddressForm(form({ ...HOME, isDefault: 'on' }))).toEqual({ ...HOME, isDefault: true });
  expect(parseAddressForm(form({ ...HOME, phone: '' }))).toEqual(HOME);
});
