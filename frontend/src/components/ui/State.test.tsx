import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { Problem } from '@/lib/api/problem';
import { LoadError, Loading, Notice } from './State';

const failed = (status: number, retryAfter?: number) =>
  renderToStaticMarkup(<LoadError error={new Problem(status, { message: 'A store is unavailable.', requestId: 'r-1' }, retryAfter)} onRetry={() => undefined} />);

it('announces the error, when to retry, and a reference for server errors', () => {
  const fault = failed(503, 30);
  expect(fault).toMatch(/^<div[^>]* role="alert"/);
  expect(fault).toContain('A store is unavailable.');
  expect(fault).toContain('Try again in 30 seconds.');
  expect(fault).toContain('Reference: r-1');
  expect(fault).toContain('Try again');
  expect(failed(404)).not.toMatch(/Reference: r-1|Try again in/);
});

it('offers a retry only if there is one', () => {
  expect(renderToStaticMarkup(<LoadError error={new Problem(500, {})} />)).not.toContain('<button');
});

it.each([
  ['note', false],
  ['good', false],
  ['warn', true],
  ['bad', true],
] as const)('a notice that is %s interrupts a screen reader: %s', (tone, interrupts) => {
  expect(renderToStaticMarkup(<Notice tone={tone}>Look.</Notice>).includes('role="alert"')).toBe(interrupts);
});

it('announces loading to screen readers', () => {
  const loading = renderToStaticMarkup(<Loading what="the order">…</Loading>);
  expect(loading).toContain('aria-busy="true"');
  expect(loading).toMatch(/role="status"[^>]*>Loading the order…</);
});
