import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { SelectField, TextArea, TextField } from './Field';
import { QuantityField } from './QuantityField';
import { StarsField } from './StarsField';

const idOf = (markup: string, words: string) => new RegExp(`id="([^"]+)"[^>]*>${words}<`).exec(markup)?.[1];
const wiring = (markup: string, attribute: string) => new RegExp(`<(?:input|textarea|select|fieldset)[^>]* ${attribute}="([^"]*)"`).exec(markup)?.[1];

describe.each([
  ['a text field', TextField],
  ['a text area', TextArea],
  ['a select', SelectField],
] as const)('%s', (_, Field) => {
  it('has its label, and its error before its hint', () => {
    const markup = renderToStaticMarkup(<Field label="Name" hint="As on the door." error="Must not be empty." />);
    expect(/<label for="([^"]+)"/.exec(markup)?.[1]).toBe(wiring(markup, 'id'));
    expect(wiring(markup, 'aria-invalid')).toBe('true');
    const [error, hint] = [idOf(markup, 'Must not be empty.'), idOf(markup, 'As on the door.')];
    expect(error).toMatch(/./);
    expect(wiring(markup, 'aria-describedby')).toBe(`${error} ${hint}`);
  });

  it('is called wrong only where it is', () => {
    const markup = renderToStaticMarkup(<Field label="Name" />);
    expect(markup).not.toMatch(/aria-invalid|aria-describedby/);
  });
});

it('the stars are five named choices, with the one that was taken, and their error', () => {
  const markup = renderToStaticMarkup(<StarsField name="rating" initial={4} error="Must be 1 to 5." />);
  expect(markup).toContain('<legend>Your rating</legend>');
  expect([...markup.matchAll(/(\d) of 5: ([^<]+)</g)].map(([, stars, word]) => `${stars} ${word}`)).toEqual(['1 Poor', '2 Fair', '3 Good', '4 Very good', '5 Excellent']);
  expect(/<input[^>]*checked=""[^>]*value="(\d)"|<input[^>]*value="(\d)"[^>]*checked=""/.exec(markup)?.slice(1).find(Boolean)).toBe('4');
  expect(wiring(markup, 'aria-describedby')).toBe(idOf(markup, 'Must be 1 to 5.'));
});

it.each([
  [1, 5, ['Decrease quantity']],
  [3, 5, []],
  [5, 5, ['Increase quantity']],
  [1, 1, ['Decrease quantity', 'Increase quantity']],
])('a quantity of %i of at most %i closes %j', (value, most, closed) => {
  const markup = renderToStaticMarkup(<QuantityField label="Quantity" value={value} most={most} onChange={() => undefined} />);
  const buttons = [...markup.matchAll(/<button[^>]*>/g)].map(([button]) => button);
  expect(buttons.filter((button) => button.includes('disabled=""')).map((button) => /aria-label="([^"]*)"/.exec(button)?.[1])).toEqual(closed);
});
