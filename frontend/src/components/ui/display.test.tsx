import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { CountBadge } from './CountBadge';
import { ProductImage } from './ProductImage';
import { RatingSummary, Stars } from './Stars';

const badge = (count: number) =>
  renderToStaticMarkup(<CountBadge icon="bell" count={count} label={`${count} unread`} render={({ children, ...rest }) => <a {...rest}>{children}</a>} />);

it('a count badge shows up to 99, and nothing for zero', () => {
  expect([0, 1, 99, 100].map((count) => /aria-hidden="true"[^>]*>([\d+]+)</.exec(badge(count))?.[1])).toEqual([undefined, '1', '99', '99+']);
  expect(badge(3)).toContain('aria-label="3 unread"');
});

it('stars have a numeric label and are drawn partially', () => {
  const stars = renderToStaticMarkup(<Stars value={3.5} />);
  expect(stars).toContain('role="img" aria-label="3.5 out of 5 stars"');
  expect([...stars.matchAll(/inset\(0 (\d+)% 0 0\)/g)].map(([, cut]) => cut)).toEqual(['0', '0', '0', '50']);
});

it('a rating shows the number of reviews', () => {
  expect(renderToStaticMarkup(<RatingSummary average={4.25} count={8} />)).toMatch(/4\.3 <span[^>]*>\(8\)/);
  expect(renderToStaticMarkup(<RatingSummary average={0} count={0} />)).toContain('No reviews yet');
});

it('a missing image is a placeholder with the same alternative text', () => {
  for (const src of [undefined, null, '']) {
    expect(renderToStaticMarkup(<ProductImage src={src} name="Kettle" alt="Kettle" />)).toMatch(/<svg[^>]* role="img" aria-label="Kettle".*>K<\/text>/);
  }
  expect(renderToStaticMarkup(<ProductImage src="/images/kettle.svg" name="Kettle" alt="Kettle" />)).toContain('alt="Kettle"');
});
