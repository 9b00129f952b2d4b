import { expect, it } from 'vitest';
import { toProblem } from '@/lib/api/problem';
import { parseTaxRate, sortTaxRates, taxRateGoods, taxRatePlace } from './taxRates';

function form(fields: Record<string, string>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  return data;
}

it('empty fields of a tax rate are null', () => {
  expect(parseTaxRate(form({ country: 'DE', region: ' ', category: '', percentage: '19 %' }))).toEqual({ country: 'DE', region: null, category: null, percentage: 19 });
  expect(parseTaxRate(form({ country: 'US', region: ' California ', category: 'Books', percentage: '7,75' }))).toEqual({
    country: 'US',
    region: 'California',
    category: 'Books',
    percentage: 7.75,
  });
});

it.each(['', 'none', '-1', '100.01', '7.755', '1e1'])('a percentage of %j is an error at its field', (percentage) => {
  const parse = () => {
    try {
      return parseTaxRate(form({ country: 'DE', percentage }));
    } catch (error) {
      return toProblem(error).fields.map(({ field }) => field);
    }
  };
  expect(parse()).toEqual(['percentage']);
});

it('says where and for what a rate is', () => {
  expect([taxRatePlace({ country: 'DE', region: null }), taxRatePlace({ country: 'US', region: 'California' })]).toEqual(['Germany', 'United States, California']);
  expect([null, '', 'shipping', 'Shipping', 'Books'].map(taxRateGoods)).toEqual(['Everything', 'Everything', 'Shipping', 'Shipping', 'Books']);
});

it('sorts by country, region and category, the general rate first', () => {
  const rate = (id: number, country: string, region: string | null, category: string | null) => ({ id, country, region, category, percentage: 1 });
  const rates = [rate(1, 'US', 'Nevada', null), rate(2, 'US', null, null), rate(3, 'DE', null, 'Books'), rate(4, 'DE', null, null)];
  expect(sortTaxRates(rates).map(({ id }) => id)).toEqual([4, 3, 2, 1]);
});
