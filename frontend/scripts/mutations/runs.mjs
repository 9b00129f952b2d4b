import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';

/** @typedef {import('../../mutations/list.mjs').Mutation} Mutation */
/** @typedef {import('./copy.mjs').Copy} Copy */
/** `missing`: the test does not exist, or its file could not be loaded. @typedef {'passed' | 'failed' | 'missing'} Outcome */
/** @typedef {{ mutation: Mutation, outcome: Outcome, why: string }} Result */
/** @typedef {{ file: string, name: string, passed: boolean, why: string }} Ran */

/** An end-to-end test that detects its fault waits this long for what does not appear. CI uses longer timeouts. */
const WAIT_MS = Number(process.env['MUTANTS_WAIT_MS'] ?? 10_000);
const TEST_MS = 12 * WAIT_MS;

/**
 * Runs the unit tests of these faults on the copy.
 *
 * @param {Copy} copy
 * @param {readonly Mutation[]} mutations
 */
export async function unitTests(copy, mutations) {
  const selected = mutations.filter((one) => one.unit);
  if (selected.length === 0) return [];
  const report = `${copy.folder}-units.json`;
  rmSync(report, { force: true });
  const files = [...new Set(selected.map((one) => one.unit ?? ''))];
  const args = ['--no-install', 'vitest', 'run', ...files, '-t', titlePattern(selected), '--reporter=json', `--outputFile=${report}`];
  spawnSync('npx', args, { cwd: copy.folder, stdio: 'ignore' });
  /** @type {{ testResults: { name: string, message: string, assertionResults: { fullName: string, status: string, failureMessages?: string[] }[] }[] }} */
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const ran = testResults.flatMap(({ name: file, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'passed' || status === 'failed')
      .map(({ fullName: name, status, failureMessages }) => ({ file, name, passed: status === 'passed', why: firstLine(failureMessages?.[0]) })),
  );
  return selected.map((mutation) => resultOf(mutation, ran));
}

/**
 * Runs the end-to-end tests of these faults on a build of the copy.
 *
 * @param {Copy} copy
 * @param {readonly Mutation[]} mutations
 */
export async function e2eTests(copy, mutations) {
  const selected = mutations.filter((one) => one.e2e);
  if (selected.length === 0) return [];
  copy.build();
  const url = await copy.url();
  const report = `${copy.folder}-e2e.json`;
  rmSync(report, { force: true });
  const files = [...new Set(selected.map((one) => one.e2e ?? ''))];
  const args = ['--no-install', 'playwright', 'test', ...files, '-g', titlePattern(selected), '--workers=1', '--retries=0', '--trace=off'];
  const env = { ...process.env, SHOP_URL: url, EXPECT_MS: String(WAIT_MS), ACTION_MS: String(WAIT_MS), PLAYWRIGHT_JSON_OUTPUT_NAME: report };
  spawnSync('npx', [...args, '--reporter=json', `--timeout=${TEST_MS}`, `--output=${copy.folder}-traces`], { stdio: 'ignore', env });
  /** @type {{ suites: Suite[] }} */
  const { suites } = JSON.parse(readFileSync(report, 'utf8'));
  const ran = suites.flatMap(specsOf);
  return selected.map((mutation) => resultOf(mutation, ran));
}

/** @typedef {{ file: string, specs?: { title: string, ok: boolean, tests: { results: { error?: { message?: string } }[] }[] }[], suites?: Suite[] }} Suite */

/** @param {Suite} suite @returns {Ran[]} */
function specsOf({ file, specs = [], suites = [] }) {
  const own = specs.map(({ title, ok, tests }) => ({ file, name: title, passed: ok, why: firstLine(tests[0]?.results[0]?.error?.message) }));
  return [...own, ...suites.flatMap(specsOf)];
}

/** @param {Mutation} mutation @param {readonly Ran[]} ran @returns {Result} */
function resultOf(mutation, ran) {
  const path = mutation.unit ?? mutation.e2e ?? '';
  // Playwright reports files relative to its test folder.
  const own = ran.filter(({ file, name }) => (file.endsWith(path) || path.endsWith(`/${file}`)) && name.includes(mutation.test));
  if (own.length === 0) return { mutation, outcome: 'missing', why: '' };
  const failed = own.find(({ passed }) => !passed);
  return { mutation, outcome: failed ? 'failed' : 'passed', why: failed?.why ?? '' };
}

/** @param {readonly Mutation[]} mutations */
function titlePattern(mutations) {
  return mutations.map(({ test }) => test.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
}

/** The first line of an error, without color codes. @param {string | undefined} message */
function firstLine(message) {
  const [line] = (message ?? '').split('\n');
  // eslint-disable-next-line no-control-regex
  return (line ?? '').replace(/\u001b\[\d+m/g, '').slice(0, 120);
}
