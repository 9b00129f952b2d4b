import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { SelectField, TextArea, TextField } from './Field';

const elementId = (markup: string, words: string) => new RegExp(`id="([^"]+)"[^>]*>${words}<`).exec(markup)?.[1];
const wiring = (markup: string, attribute: string) => new RegExp(`<(?:input|textarea|select|fieldset)[^>]* ${attribute}="([^"]*)"`).exec(markup)?.[1];

describe.each([
  ['a text field', TextField],
  ['a text area', TextArea],
  ['a select', SelectField],
] as const)('%s', (_, Field) => {
  it('has a label, and its error is described before its hint', () => {
    const markup = renderToStaticMarkup(<Field label="Name" hint="As on the door." error="Must not be empty." />);
    expect(/<label for="([^"]+)"/.exec(markup)?.[1]).toBe(wiring(markup, 'id'));
    expect(wiring(markup, 'aria-invalid')).toBe('true');
    const [error, hint] = [elementId(markup, 'Must not be empty.'), elementId(markup, 'As on the door.')];
    expect(error).toMatch(/./);
    expect(wiring(markup, 'aria-describedby')).toBe(`${error} ${hint}`);
  });

  it('is not marked as invalid without an error', () => {
    const markup = renderToStaticMarkup(<Field label="Name" />);
    expect(markup).not.toMatch(/aria-invalid|aria-describedby/);
  });
});
