import { expect, it } from 'vitest';
import { toProblem } from '@/lib/api/problem';
import { describeCountries, parseShippingMethod } from './shippingMethods';

const STANDARD = { name: ' Standard ', price: '4,90', freeAbove: '', countries: '', minDays: '2', maxDays: '5', active: 'on' };

function parse(fields: Record<string, string>): unknown {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  try {
    return parseShippingMethod(data);
  } catch (error) {
    return toProblem(error).fields.map(({ field }) => field);
  }
}

it('reads all fields', () => {
  expect(parse(STANDARD)).toEqual({ name: 'Standard', price: 4.9, freeAbove: null, countries: [], minDays: 2, maxDays: 5, active: true });
  const { active, ...inactive } = STANDARD;
  expect(active).toBe('on');
  expect(parse({ ...inactive, freeAbove: '50', countries: 'de, AT;ch de' })).toMatchObject({ freeAbove: 50, countries: ['DE', 'AT', 'CH'], active: false });
});

it('reports every invalid field', () => {
  expect(parse({ ...STANDARD, name: '', price: 'x', freeAbove: 'y', countries: 'DE, XX', minDays: '-1', maxDays: '' })).toEqual([
    'name',
    'price',
    'freeAbove',
    'countries',
    'minDays',
    'maxDays',
  ]);
  expect(parse({ ...STANDARD, minDays: '6' })).toEqual(['maxDays']);
});

it('describes countries', () => {
  expect([[], ['DE', 'AT'], ['DE', 'AT', 'CH', 'IT', 'FR']].map(describeCountries)).toEqual([
    'Every country',
    'Austria, Germany',
    'Austria, France, Germany and 2 more',
  ]);
});
