import { describe, expect, it } from 'vitest';
import { toProblem } from '@/lib/api/problem';
import { isReturnStatus, nameIn, nextDecisions, receiveRequest, rejectRequest, RETURN_STATUSES, returnRequest } from './returns';

const text = (fields: Record<string, string>) => (field: string) => fields[field] ?? '';

function wrongIn(action: () => unknown): string[] {
  try {
    action();
  } catch (error) {
    return toProblem(error).fields.map(({ field }) => field);
  }
  return [];
}

it('offers only the decisions that an admin may make', () => {
  expect(RETURN_STATUSES.map((status) => [status, nextDecisions(status)])).toEqual([
    ['requested', ['approved', 'rejected', 'received']],
    ['approved', ['rejected', 'received']],
    ['rejected', []],
    ['received', []],
  ]);
});

it('recognizes a status in the URL', () => {
  expect(['received', 'RECEIVED', '', null].map(isReturnStatus)).toEqual([true, false, false, false]);
});

describe('a new return', () => {
  const pieces = [
    { productId: 7, name: 'Mug', quantity: 3 },
    { productId: 9, name: 'Pot', quantity: 1 },
  ];

  it('has the typed pieces and a reason', () => {
    expect(returnRequest(pieces, text({ 'quantity-7': '2', 'quantity-9': '', reason: ' By phone. ' }))).toEqual({ items: [{ productId: 7, quantity: 2 }], reason: 'By phone.' });
  });

  it.each([
    [{ 'quantity-7': '4', 'quantity-9': '2', reason: '' }, ['quantity-7', 'quantity-9', 'reason']],
    [{ 'quantity-7': '0', 'quantity-9': '0', reason: 'x' }, ['quantity-7']],
    [{ 'quantity-7': 'two', reason: 'x' }, ['quantity-7']],
  ])('%j names the wrong fields', (fields, named) => expect(wrongIn(() => returnRequest(pieces, text(fields)))).toEqual(named));
});

describe('a decision', () => {
  const returned = { items: [{ productId: 7, quantity: 3, restocked: 0 }, { productId: 9, quantity: 1, restocked: 0 }] };

  it('to receive says which pieces go back on sale', () => {
    expect(receiveRequest(returned, text({ 'restock-7': '2', 'restock-9': '0', note: ' One is broken. ' }))).toEqual({
      status: 'received',
      restock: [{ productId: 7, quantity: 2 }],
      note: 'One is broken.',
    });
    expect(receiveRequest(returned, text({}))).toEqual({ status: 'received' });
    expect(wrongIn(() => receiveRequest(returned, text({ 'restock-7': '4', 'restock-9': 'x' })))).toEqual(['restock-7', 'restock-9']);
  });

  it('to reject may say why', () => {
    expect(rejectRequest(text({ note: 'Worn.' }))).toEqual({ status: 'rejected', note: 'Worn.' });
    expect(rejectRequest(text({ note: ' ' }))).toEqual({ status: 'rejected' });
  });
});

it('names products as the order does', () => {
  const order = { items: [{ productId: 7, name: 'Mug' }] } as Parameters<typeof nameIn>[0];
  expect([7, 9].map((id) => nameIn(order, id))).toEqual(['Mug', 'Product 9']);
});
