import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { RatingField } from './RatingField';

it('the rating field has five labeled options, the selected one and its error', () => {
  const markup = renderToStaticMarkup(<RatingField name="rating" initialRating={4} error="Must be 1 to 5." />);
  expect(markup).toContain('<legend>Your rating</legend>');
  expect([...markup.matchAll(/(\d) of 5: ([^<]+)</g)].map(([, stars, word]) => `${stars} ${word}`)).toEqual(['1 Poor', '2 Fair', '3 Good', '4 Very good', '5 Excellent']);
  expect(/<input[^>]* checked[ >][^>]*value="(\d)"|<input[^>]*value="(\d)"[^>]* checked[ >]/.exec(markup)?.slice(1).find(Boolean)).toBe('4');
  const errorId = /<p id="([^"]+)"[^>]*>Must be 1 to 5\.</.exec(markup)?.[1];
  expect(errorId).toMatch(/./);
  expect(/<fieldset[^>]* aria-describedby="([^"]*)"/.exec(markup)?.[1]).toBe(errorId);
});
