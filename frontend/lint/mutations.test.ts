import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MUTATIONS } from '../mutations/list.mjs';
import { mutated } from '../scripts/mutations/copy.mjs';

it.each(MUTATIONS.map((one) => [one.what, one] as const))('%s: its text and its test exist', (_, one) => {
  const { file, text } = mutated(one);
  expect(text).not.toBe(readFileSync(file, 'utf8'));
  expect([one.unit, one.e2e].filter(Boolean)).toHaveLength(1);
  // The title of a table test contains its values; compare what comes before them.
  const [title] = one.test.split(/(?<= of )\d| (?:true|false)$/);
  expect(readFileSync(one.unit ?? one.e2e ?? '', 'utf8').replace(/\\'/g, "'")).toContain((title ?? '').replace(/ (?:bad|good)\b.*/, ''));
});
