// Puts each fault of mutations/list.mjs into a copy of the storefront and runs the test that should catch it.
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { MUTATIONS } from '../mutations/list.mjs';
import { Copy, mutated } from './mutations/copy.mjs';
import { journeys, units } from './mutations/runs.mjs';

const HELP = `Puts each fault of mutations/list.mjs into a copy of the storefront and runs the test that should catch it.

  node scripts/mutations.mjs [options]      make ui-mutants ARGS="[options]"

  --only WORDS    only faults that have these words in what they are, e.g. --only theme
  --units         only those that a unit catches: needs no shop
  --list          say what there is, and do nothing
  --help

Journeys run in a browser against the shop at SHOP_URL; the storefront in front of it is the copy's.
MUTANTS_WAIT_MS says how long a journey waits for what does not come (10000): more on a busy machine.
Fails where a test passes although its fault is there, and where one fails although none is.`;

const { values } = parseArgs({
  options: { only: { type: 'string' }, units: { type: 'boolean' }, list: { type: 'boolean' }, help: { type: 'boolean' } },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}

const wanted = MUTATIONS.filter((one) => one.what.includes(values.only ?? '') && !(values.units && one.journey));
if (values.list) {
  for (const one of wanted) console.log(`${one.what}\n    ${one.in}\n    ${one.unit ?? one.journey}: ${one.test}`);
  process.exit(0);
}
if (wanted.length === 0) throw new Error(`no fault is called “${values.only ?? ''}”`);
const withJourneys = wanted.some((one) => one.journey);
if (withJourneys && !process.env['SHOP_URL']) throw new Error('journeys need a shop: set SHOP_URL, or use `make ui-mutants`');

// A text that is gone must be said before an hour is spent on the others.
for (const one of wanted) mutated(one);

mkdirSync('test-output', { recursive: true });
const copy = new Copy('test-output/mutants');
/** @type {string[]} */
const escaped = [];
// The copy's server is a process of its own, and outlives one that is interrupted.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => (copy.end(), process.exit(1)));
const started = Date.now();
const clock = () => `${Math.round((Date.now() - started) / 1000)} s`.padStart(6);
try {
  console.log(`mutations: ${wanted.length} faults; first, their tests must pass without them`);
  copy.clean();
  const sound = [...(await units(copy, wanted)), ...(withJourneys ? await journeys(copy, wanted) : [])];
  const unsound = wanted.filter((one) => sound.find(({ mutation }) => mutation === one)?.outcome !== 'passed');
  for (const one of unsound) console.log(`FAILS WITHOUT ITS FAULT, or is not there: ${one.unit ?? one.journey}: ${one.test}`);
  if (unsound.length > 0) process.exitCode = 1;

  for (const [place, one] of wanted.entries()) {
    if (unsound.includes(one)) continue;
    copy.put(one);
    const [result] = await (one.unit ? units(copy, [one]) : journeys(copy, [one])).catch((error) => {
      console.log(String(error));
      return [];
    });
    copy.take(one);
    const caught = result?.outcome === 'failed';
    if (!caught) escaped.push(`${one.what} (${result?.outcome ?? 'no result'}): ${one.unit ?? one.journey}: ${one.test}`);
    console.log(`${clock()}  ${String(place + 1).padStart(2)}/${wanted.length}  ${caught ? 'caught ' : 'ESCAPED'}  ${one.what}${caught ? `  (${result.why})` : ''}`);
  }
  const tried = wanted.length - unsound.length;
  for (const one of escaped) console.log(`ESCAPED: ${one}`);
  console.log(`mutations: ${tried - escaped.length} of ${tried} faults caught by their tests in ${clock().trim()}`);
  if (escaped.length > 0) process.exitCode = 1;
} finally {
  copy.end();
}
