import { describe, expect, it } from 'vitest';
import { toProblem } from '@/lib/api/problem';
import type { OrderWithTimeline, Payment, RefundPayment } from '@/lib/api/types';
import { chosenAmount, describeRefund, piecesAmount, refundable, type Refundable, refundRequest } from './refunds';

const order = {
  items: [
    { productId: 7, name: 'Mug', quantity: 3, total: 10 },
    { productId: 9, name: 'Pot', quantity: 1, total: 25.5 },
  ],
  shipping: 4.9,
  shippingTax: 0.78,
  taxIncluded: true,
} as OrderWithTimeline;
const refund = (more: Partial<Payment['refunds'][number]>) => ({ id: 'r', amount: 1, createdAt: '', ...more });

describe('what can be refunded', () => {
  it('is what was paid, with shipping and its tax', () => {
    expect(refundable(order, { refunds: [] }, 40.4)).toEqual({
      left: 40.4,
      lines: [
        { productId: 7, name: 'Mug', quantity: 3, total: 10, refunded: 0 },
        { productId: 9, name: 'Pot', quantity: 1, total: 25.5, refunded: 0 },
      ],
      shipping: 4.9,
    });
    expect(refundable({ ...order, taxIncluded: false }, { refunds: [] }, 41.18).shipping).toBe(5.68);
  });

  it('is less after refunds of pieces; those by amount are of none', () => {
    const refunds = [refund({ items: [{ productId: 7, quantity: 1 }] }), refund({ items: [{ productId: 7, quantity: 1 }, { productId: 9, quantity: 1 }] }), refund({})];
    expect(refundable(order, { refunds }, 5).lines.map(({ refunded }) => refunded)).toEqual([2, 1]);
  });
});

describe('the pieces of a line', () => {
  it.each([
    [0, 1, 3.33],
    [1, 1, 3.34],
    [2, 1, 3.33],
    [0, 2, 6.67],
    [1, 2, 6.67],
    [0, 3, 10],
    [3, 0, 0],
  ])('after %d refunded ones, %d more cost %d', (refunded, pieces, amount) => {
    expect(piecesAmount({ total: 10, quantity: 3, refunded }, pieces)).toBe(amount);
  });

  it('cost the total together, one by one or in any steps', () => {
    for (const [total, quantity] of [[0.01, 3], [99.99, 7], [1234.56, 100], [0, 2], [5, 1]] as const) {
      for (const step of [1, 2, 3]) {
        let cents = 0;
        for (let refunded = 0; refunded < quantity; refunded += step) {
          const amount = piecesAmount({ total, quantity, refunded }, Math.min(step, quantity - refunded));
          expect(amount).toBeGreaterThanOrEqual(0);
          cents += Math.round(amount * 100);
        }
        expect(cents).toBe(Math.round(total * 100));
      }
    }
  });
});

describe('the request', () => {
  const of: Refundable = refundable(order, { refunds: [refund({ items: [{ productId: 7, quantity: 1 }] })] }, 37.07);
  const text = (fields: Record<string, string>) => (field: string) => fields[field] ?? '';

  it.each<[string, Record<string, string>, RefundPayment]>([
    ['an amount', { amount: '12,50' }, { amount: 12.5 }],
    ['all that is left', { amount: '37.07', reason: ' Late. ' }, { all: true, reason: 'Late.' }],
  ])('is %s', (_, fields, body) => expect(refundRequest('amount', of, text(fields))).toEqual(body));

  it.each<[Record<string, string>, RefundPayment, number]>([
    [{ 'quantity-7': '2', 'quantity-9': '0' }, { items: [{ productId: 7, quantity: 2 }] }, 6.67],
    [{ 'quantity-7': '1', 'quantity-9': '1', shipping: 'on', reason: 'Chipped.' }, { items: [{ productId: 7, quantity: 1 }, { productId: 9, quantity: 1 }], shipping: true, reason: 'Chipped.' }, 33.74],
  ])('has the items of %j', (fields, body, amount) => {
    expect(refundRequest('items', of, text(fields))).toEqual(body);
    expect(chosenAmount(of, text(fields))).toBe(amount);
  });

  it.each<[Record<string, string>, string[]]>([
    [{ 'quantity-7': '3', 'quantity-9': '2' }, ['quantity-7', 'quantity-9']],
    [{ 'quantity-7': '-1' }, ['quantity-7']],
    [{ 'quantity-9': 'x' }, ['quantity-9']],
  ])('names the wrong fields of %j', (fields, named) => {
    expect(wrongIn(() => refundRequest('items', of, text(fields)))).toEqual(named);
    expect(chosenAmount(of, text(fields))).toBeUndefined();
  });

  it('needs an item, also for shipping', () => {
    expect(wrongIn(() => refundRequest('items', of, text({ 'quantity-7': '0', shipping: 'on' })))).toEqual(['quantity-7']);
    expect([chosenAmount(of, text({})), chosenAmount(of, text({ shipping: 'on' }))]).toEqual([0, 4.9]);
    expect(wrongIn(() => refundRequest('amount', of, text({})))).toEqual(['amount']);
  });
});

it.each<[RefundPayment, string]>([
  [{ all: true }, 'A refund of the remaining amount'],
  [{ amount: 5 }, 'A refund of €5.00'],
  [{ items: [{ productId: 7, quantity: 1 }] }, 'A refund of items'],
  [{ items: [{ productId: 7, quantity: 1 }], shipping: true }, 'A refund of items and shipping'],
])('%j is described', (body, text) => {
  expect(describeRefund(body, 'EUR')).toBe(text);
});

function wrongIn(action: () => unknown): string[] {
  try {
    action();
  } catch (error) {
    return toProblem(error).fields.map(({ field }) => field);
  }
  return [];
}
