import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { StockLabel } from './StockLabel';

const textOf = (stock: number, quiet = false) => renderToStaticMarkup(<StockLabel stock={stock} compact={quiet} />).replace(/<[^>]*>/g, '');

it('shows the quantity only when stock is low', () => {
  expect([-1, 0, 1, 5, 6, 50].map((stock) => textOf(stock))).toEqual([
    'Sold out',
    'Sold out',
    'Only 1 left',
    'Only 5 left',
    'In stock, ready to ship',
    'In stock, ready to ship',
  ]);
  expect([0, 5, 6].map((stock) => textOf(stock, true))).toEqual(['Sold out', 'Only 5 left', 'In stock']);
});
