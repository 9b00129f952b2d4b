import { describe, expect, it, vi } from 'vitest';
import type { Discount } from '@/lib/api/types';
import { toProblem } from '@/lib/api/problem';
import { toLocalInput } from '../lib/formFields';
import { describePeriod, describeUses, describeValue, discountState, parseDiscount } from './discounts';

vi.stubEnv('TZ', 'UTC');

const EMPTY = { code: ' spring-10 ', kind: 'percentage', percentage: '10', minimumSubtotal: '', startsAt: '', endsAt: '', maxUses: '', maxUsesPerCustomer: '' };
const at = '2026-05-01T00:00:00.000Z';
const SAVED: Discount = { id: 1, code: 'SPRING', percentage: 10, minimumSubtotal: 0, maxUses: 100, uses: 12, active: true, createdAt: at, updatedAt: at };

function parse(fields: Record<string, string>): unknown {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  try {
    return parseDiscount(data);
  } catch (error) {
    return toProblem(error).fields.map(({ field }) => field);
  }
}

describe('parseDiscount', () => {
  const nothing = { minimumSubtotal: 0, startsAt: null, endsAt: null, maxUses: null, maxUsesPerCustomer: null, active: false };

  it('reads a percentage or an amount', () => {
    expect(parse(EMPTY)).toEqual({ code: 'SPRING-10', percentage: 10, ...nothing });
    expect(parse({ ...EMPTY, kind: 'amount', amount: '5,50', active: 'on' })).toEqual({ code: 'SPRING-10', amount: 5.5, ...nothing, active: true });
  });

  it('reads limits', () => {
    const limits = { minimumSubtotal: '20', startsAt: '2026-05-01T10:00', endsAt: '2026-06-01T10:00', maxUses: '100', maxUsesPerCustomer: '1' };
    expect(parse({ ...EMPTY, ...limits })).toMatchObject({
      minimumSubtotal: 20,
      startsAt: '2026-05-01T10:00:00.000Z',
      endsAt: '2026-06-01T10:00:00.000Z',
      maxUses: 100,
      maxUsesPerCustomer: 1,
    });
  });

  it('reports every invalid field', () => {
    expect(parse({ ...EMPTY, code: 'a b', percentage: '0', minimumSubtotal: 'x', startsAt: 'soon', maxUses: '0', maxUsesPerCustomer: '1.5' })).toEqual([
      'code',
      'percentage',
      'minimumSubtotal',
      'startsAt',
      'maxUses',
      'maxUsesPerCustomer',
    ]);
    expect(parse({ ...EMPTY, kind: 'amount', amount: '0' })).toEqual(['amount']);
    expect(parse({ ...EMPTY, startsAt: '2026-05-01T10:00', endsAt: '2026-05-01T10:00' })).toEqual(['endsAt']);
  });
});

it.each<[string, Partial<Discount>]>([
  ['Active', {}],
  ['Active', { startsAt: at, endsAt: '2026-07-01T00:00:00.000Z' }],
  ['Inactive', { active: false, uses: 100 }],
  ['Used up', { uses: 100 }],
  ['Not started', { startsAt: '2026-07-01T00:00:00.000Z' }],
  ['Ended', { endsAt: at, uses: 100 }],
])('is %s: %j', (label, change) => {
  expect(discountState({ ...SAVED, ...change }, Date.parse('2026-06-01T00:00:00.000Z'))).toEqual({ label, usable: label === 'Active' });
});

it('describes values, uses and periods', () => {
  expect([describeValue({ percentage: 7.5 }, 'EUR'), describeValue({ amount: 5 }, 'USD')]).toEqual(['7.5 %', 'US$5.00']);
  expect([describeUses(SAVED), describeUses({ uses: 1200, maxUses: null })]).toEqual(['12 of 100', '1,200']);
  const end = '2026-06-01T10:00:00.000Z';
  expect([describePeriod({}), describePeriod({ startsAt: at }), describePeriod({ endsAt: end }), describePeriod({ startsAt: at, endsAt: end })]).toEqual([
    null,
    'from 1 May, 00:00',
    'until 1 Jun, 10:00',
    '1 May, 00:00 to 1 Jun, 10:00',
  ]);
});

it('an instant is shown in its field in local time', () => {
  expect([toLocalInput(null), toLocalInput('2026-05-01T10:30:59.000Z')]).toEqual(['', '2026-05-01T10:30']);
});
