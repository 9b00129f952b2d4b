import { describe, expect, it } from 'vitest';
import { toProblem } from '@/lib/api/problem';
import { formatDelta, parseMovement, reservedText, stockAfter, toFormField } from './movement';

const stock = { productId: 1, quantity: 10, reserved: 4, available: 6, updatedAt: '2026-11-24T12:00:00.000Z' };

describe('parseMovement', () => {
  it('parses changes and counts', () => {
    expect(parseMovement('in', '5', ' Delivery 7 ')).toEqual({ delta: 5, reason: 'Delivery 7' });
    expect(parseMovement('out', '5', '')).toEqual({ delta: -5 });
    expect(parseMovement('count', '0', 'Inventory')).toEqual({ quantity: 0, reason: 'Inventory' });
  });

  it('reports an invalid number at its field', () => {
    let problem;
    try {
      parseMovement('in', 'some', '');
    } catch (error) {
      problem = toProblem(error);
    }
    expect(problem?.fields[0]?.field).toBe('quantity');
  });
});

it('calculates the new stock', () => {
  expect(stockAfter(stock, 'in', '5')).toEqual({ quantity: 15, available: 11 });
  expect(stockAfter(stock, 'out', '7')).toEqual({ quantity: 3, available: -1 });
  expect(stockAfter(stock, 'count', '4')).toEqual({ quantity: 4, available: 0 });
  for (const typed of ['', '-1', '1.5', 'x']) expect(stockAfter(stock, 'in', typed)).toBeUndefined();
});

it('maps API fields to the form field and formats signs', () => {
  expect(['quantity', 'delta', 'reason'].map(toFormField)).toEqual(['quantity', 'quantity', 'reason']);
  expect([5, -3, -1200, 0].map(formatDelta)).toEqual(['+5', '−3', '−1,200', '0']);
  expect(reservedText({ reserved: 1 })).toMatch(/^1 unit is reserved for an order being paid/);
  expect(reservedText(stock)).toMatch(/^4 units are reserved for orders being paid/);
});
