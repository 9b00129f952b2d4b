import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { QuantityField } from './QuantityField';

it.each([
  [1, 5, ['Decrease quantity']],
  [3, 5, []],
  [5, 5, ['Increase quantity']],
  [1, 1, ['Decrease quantity', 'Increase quantity']],
])('a quantity of %i of at most %i disables %j', (value, most, closed) => {
  const markup = renderToStaticMarkup(<QuantityField label="Quantity" value={value} max={most} onChange={() => undefined} />);
  const buttons = [...markup.matchAll(/<button[^>]*>/g)].map(([button]) => button);
  expect(buttons.filter((button) => / disabled[ >]/.test(button)).map((button) => /aria-label="([^"]*)"/.exec(button)?.[1])).toEqual(closed);
});
