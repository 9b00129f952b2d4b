import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';

/** @typedef {import('../../mutations/list.mjs').Mutation} Mutation */
/** @typedef {import('./copy.mjs').Copy} Copy */
/** `missing`: there is no such test, or its file could not even be read. @typedef {'passed' | 'failed' | 'missing'} Outcome */
/** @typedef {{ mutation: Mutation, outcome: Outcome, why: string }} Result */
/** @typedef {{ file: string, name: string, passed: boolean, why: string }} Ran */

/** A journey that is caught waits for what does not come: so long, and not as long as on a busy day of CI. */
const WAIT_MS = Number(process.env['MUTANTS_WAIT_MS'] ?? 10_000);
const JOURNEY_MS = 12 * WAIT_MS;

/**
 * The units of these faults, on the copy as it is.
 *
 * @param {Copy} copy
 * @param {readonly Mutation[]} mutations
 */
export async function units(copy, mutations) {
  const those = mutations.filter((one) => one.unit);
  if (those.length === 0) return [];
  const report = `${copy.folder}-units.json`;
  rmSync(report, { force: true });
  const files = [...new Set(those.map((one) => one.unit ?? ''))];
  const args = ['--no-install', 'vitest', 'run', ...files, '-t', anyOf(those), '--reporter=json', `--outputFile=${report}`];
  spawnSync('npx', args, { cwd: copy.folder, stdio: 'ignore' });
  /** @type {{ testResults: { name: string, message: string, assertionResults: { fullName: string, status: string, failureMessages?: string[] }[] }[] }} */
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const ran = testResults.flatMap(({ name: file, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'passed' || status === 'failed')
      .map(({ fullName: name, status, failureMessages }) => ({ file, name, passed: status === 'passed', why: firstLine(failureMessages?.[0]) })),
  );
  return those.map((mutation) => judged(mutation, ran));
}

/**
 * The journeys of these faults, on a build of the copy as it is.
 *
 * @param {Copy} copy
 * @param {readonly Mutation[]} mutations
 */
export async function journeys(copy, mutations) {
  const those = mutations.filter((one) => one.journey);
  if (those.length === 0) return [];
  copy.build();
  const url = await copy.url();
  const report = `${copy.folder}-journeys.json`;
  rmSync(report, { force: true });
  const files = [...new Set(those.map((one) => one.journey ?? ''))];
  const args = ['--no-install', 'playwright', 'test', ...files, '-g', anyOf(those), '--workers=1', '--retries=0', '--trace=off'];
  const env = { ...process.env, SHOP_URL: url, EXPECT_MS: String(WAIT_MS), ACTION_MS: String(WAIT_MS), PLAYWRIGHT_JSON_OUTPUT_NAME: report };
  spawnSync('npx', [...args, '--reporter=json', `--timeout=${JOURNEY_MS}`, `--output=${copy.folder}-traces`], { stdio: 'ignore', env });
  /** @type {{ suites: Suite[] }} */
  const { suites } = JSON.parse(readFileSync(report, 'utf8'));
  const ran = suites.flatMap(specsOf);
  return those.map((mutation) => judged(mutation, ran));
}

/** @typedef {{ file: string, specs?: { title: string, ok: boolean, tests: { results: { error?: { message?: string } }[] }[] }[], suites?: Suite[] }} Suite */

/** @param {Suite} suite @returns {Ran[]} */
function specsOf({ file, specs = [], suites = [] }) {
  const own = specs.map(({ title, ok, tests }) => ({ file, name: title, passed: ok, why: firstLine(tests[0]?.results[0]?.error?.message) }));
  return [...own, ...suites.flatMap(specsOf)];
}

/** @param {Mutation} mutation @param {readonly Ran[]} ran @returns {Result} */
function judged(mutation, ran) {
  const path = mutation.unit ?? mutation.journey ?? '';
  // Playwright names files from its own folder.
  const own = ran.filter(({ file, name }) => (file.endsWith(path) || path.endsWith(`/${file}`)) && name.includes(mutation.test));
  if (own.length === 0) return { mutation, outcome: 'missing', why: '' };
  const failed = own.find(({ passed }) => !passed);
  return { mutation, outcome: failed ? 'failed' : 'passed', why: failed?.why ?? '' };
}

/** @param {readonly Mutation[]} mutations */
function anyOf(mutations) {
  return mutations.map(({ test }) => test.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
}

/** What failed, without a terminal's colours. @param {string | undefined} message */
function firstLine(message) {
  const [line] = (message ?? '').split('\n');
  // eslint-disable-next-line no-control-regex
  return (line ?? '').replace(/\u001b\[\d+m/g, '').slice(0, 120);
}
