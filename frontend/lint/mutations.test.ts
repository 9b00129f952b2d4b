import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MUTATIONS } from '../mutations/list.mjs';
import { mutated } from '../scripts/mutations/copy.mjs';

it.each(MUTATIONS.map((one) => [one.what, one] as const))('%s: its text and its test are there', (_, one) => {
  const { file, text } = mutated(one);
  expect(text).not.toBe(readFileSync(file, 'utf8'));
  expect([one.unit, one.journey].filter(Boolean)).toHaveLength(1);
  // A test of a table has its values filled in; what is written down is how it begins.
  const [named] = one.test.split(/(?<= of )\d| (?:true|false)$/);
  expect(readFileSync(one.unit ?? one.journey ?? '', 'utf8').replace(/\\'/g, "'")).toContain((named ?? '').replace(/ (?:bad|good)\b.*/, ''));
});
