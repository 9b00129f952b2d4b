import { renderToStaticMarkup } from 'react-dom/server';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AddressFields } from './AddressFields';

beforeEach(() => void vi.stubGlobal('navigator', { language: 'de-AT' }));
afterEach(() => void vi.unstubAllGlobals());

const HOME = { name: 'Ada', line1: 'Street 1', postalCode: '75001', city: 'Paris', country: 'FR' };
const noError = () => undefined;
const controls = (markup: string) => [...markup.matchAll(/<(?:input|select)[^>]*>/g)].map(([tag]) => tag);
const attribute = (tag: string, name: string) => new RegExp(` ${name}="([^"]*)"`, 'i').exec(tag)?.[1];

it('tells the browser what belongs into each field', () => {
  const tags = controls(renderToStaticMarkup(<AddressFields fieldError={noError} />));
  expect(tags.map((tag) => `${attribute(tag, 'name')}: ${attribute(tag, 'autocomplete')}`)).toEqual([
    'name: shipping name',
    'line1: shipping address-line1',
    'line2: shipping address-line2',
    'postalCode: shipping postal-code',
    'city: shipping address-level2',
    'region: shipping address-level1',
    'country: shipping country',
    'phone: shipping tel',
  ]);
});

it('names its fields and shows their errors as the API does', () => {
  const markup = renderToStaticMarkup(
    <AddressFields prefix="shippingAddress." fieldError={(field) => (field === 'shippingAddress.postalCode' ? 'Must be another one.' : undefined)} />,
  );
  expect(controls(markup).every((tag) => attribute(tag, 'name')?.startsWith('shippingAddress.'))).toBe(true);
  expect(markup.match(/aria-invalid/g)).toHaveLength(1);
  expect(markup).toContain('Must be another one.');
});

it('begins with the country of the address, or of the browser', () => {
  const selected = (markup: string) => /<option(?=[^>]* selected)[^>]* value="([^"]*)"/.exec(markup)?.[1] ?? /<option(?=[^>]*value="([^"]*)")[^>]* selected/.exec(markup)?.[1];
  expect(selected(renderToStaticMarkup(<AddressFields before={HOME} fieldError={noError} />))).toBe('FR');
  expect(selected(renderToStaticMarkup(<AddressFields fieldError={noError} />))).toBe('AT');
});
