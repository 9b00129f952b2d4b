// Puts each fault of mutations/list.mjs into a copy of the storefront and runs the test that should detect it.
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { MUTATIONS } from '../mutations/list.mjs';
import { Copy, mutated } from './mutations/copy.mjs';
import { e2eTests, unitTests } from './mutations/runs.mjs';

const HELP = `Puts each fault of mutations/list.mjs into a copy of the storefront and runs the test that should detect it.

  node scripts/mutations.mjs [options]      make ui-mutants ARGS="[options]"

  --only TEXT     only faults whose description contains TEXT, e.g. --only theme
  --units         only faults that a unit test detects: needs no shop
  --list          list the faults and exit
  --help

End-to-end tests run in a browser against the shop at SHOP_URL, with the copy as its storefront.
MUTANTS_WAIT_MS is the timeout of their expectations (10000): use more on a busy machine.
Fails if a test passes with its fault, or fails without it.`;

const { values } = parseArgs({
  options: { only: { type: 'string' }, units: { type: 'boolean' }, list: { type: 'boolean' }, help: { type: 'boolean' } },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}

const selected = MUTATIONS.filter((one) => one.what.includes(values.only ?? '') && !(values.units && one.e2e));
if (values.list) {
  for (const one of selected) console.log(`${one.what}\n    ${one.in}\n    ${one.unit ?? one.e2e}: ${one.test}`);
  process.exit(0);
}
if (selected.length === 0) throw new Error(`no fault matches “${values.only ?? ''}”`);
const withE2e = selected.some((one) => one.e2e);
if (withE2e && !process.env['SHOP_URL']) throw new Error('end-to-end tests need a shop: set SHOP_URL, or use `make ui-mutants`');

// Report a missing text before spending an hour on the others.
for (const one of selected) mutated(one);

mkdirSync('test-output', { recursive: true });
const copy = new Copy('test-output/mutants');
/** @type {string[]} */
const undetected = [];
// The copy's server is a separate process: stop it when this one is interrupted.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => (copy.stop(), process.exit(1)));
const started = Date.now();
const clock = () => `${Math.round((Date.now() - started) / 1000)} s`.padStart(6);
try {
  console.log(`mutations: ${selected.length} faults; first, their tests must pass without them`);
  copy.create();
  const baseline = [...(await unitTests(copy, selected)), ...(withE2e ? await e2eTests(copy, selected) : [])];
  const failing = selected.filter((one) => baseline.find(({ mutation }) => mutation === one)?.outcome !== 'passed');
  for (const one of failing) console.log(`FAILS WITHOUT ITS FAULT, or does not exist: ${one.unit ?? one.e2e}: ${one.test}`);
  if (failing.length > 0) process.exitCode = 1;

  for (const [place, one] of selected.entries()) {
    if (failing.includes(one)) continue;
    copy.apply(one);
    const [result] = await (one.unit ? unitTests(copy, [one]) : e2eTests(copy, [one])).catch((error) => {
      console.log(String(error));
      return [];
    });
    copy.revert(one);
    const detected = result?.outcome === 'failed';
    if (!detected) undetected.push(`${one.what} (${result?.outcome ?? 'no result'}): ${one.unit ?? one.e2e}: ${one.test}`);
    console.log(`${clock()}  ${String(place + 1).padStart(2)}/${selected.length}  ${detected ? 'detected  ' : 'UNDETECTED'}  ${one.what}${detected ? `  (${result.why})` : ''}`);
  }
  const tried = selected.length - failing.length;
  for (const one of undetected) console.log(`UNDETECTED: ${one}`);
  console.log(`mutations: ${tried - undetected.length} of ${tried} faults detected by their tests in ${clock().trim()}`);
  if (undetected.length > 0) process.exitCode = 1;
} finally {
  copy.stop();
}
