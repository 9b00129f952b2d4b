// Measures the pages of a first visit with Lighthouse, as a phone on slow 4G: `make lighthouse` starts a shop
// for it. Prints the median of several runs beside the goals. Fails for too many requests or too much
// JavaScript; the scores depend on how busy the machine is, so they are only printed.
import { existsSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '3' }, only: { type: 'string' } } });
const shop = process.env['SHOP_URL'] ?? 'http://localhost:3000';
const package_ = resolve(process.env['LIGHTHOUSE'] ?? '../.local/lighthouse', 'node_modules/lighthouse/core/index.js');
const GOALS = { performance: 95, requests: 20, scripts: 100 };
const RUN_SECONDS = 120;
/** Lighthouse's own, for a phone. */
const [CPU_SLOWDOWN, LONG_TASK_MS] = [4, 50];

/** @type {{ default: (url: string, flags: object) => Promise<{ lhr: Report, artifacts: { Trace: { traceEvents: TraceEvent[] } } } | undefined> }} */
const { default: lighthouse } = await import(pathToFileURL(package_).href);

/**
 * @typedef {{ resourceType: string, transferSize: number }} Request
 * @typedef {{ name: string, pid: number, tid: number, dur?: number, tdur?: number }} TraceEvent
 * @typedef {{ numericValue?: number, details?: { items?: Request[] } }} Audit
 * @typedef {{ categories: { performance: { score: number | null } }, audits: Record<string, Audit>, runtimeError?: { message: string } }} Report
 */

/** @param {string} path @param {object} [body] */
async function call(path, body) {
  const response = await fetch(shop + path, body ? { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {});
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** @type {{ id: number, name: string, price: number, stock: number }[]} */
const products = (await call('/api/products?limit=100&inStock=true')).filter((/** @type {{ stock: number }} */ one) => one.stock > 2);
const session = await call('/api/users/signup', { name: 'Lotte Haus', email: `lighthouse-${Date.now()}@example.org`, password: 'a lighthouse keeper' });
const basket = products.slice(0, 3).map(({ id, name, price }) => ({ productId: id, name, price, quantity: 1 }));

const PAGES = [
  { name: 'home', path: '/' },
  { name: 'list', path: '/products' },
  { name: 'product', path: `/products/${products[0]?.id ?? 1}` },
  { name: 'checkout', path: '/checkout', storage: { 'shop.session': session, 'shop.basket': basket } },
].filter(({ name }) => values.only === undefined || values.only === name);

const profile = await mkdtemp(join(tmpdir(), 'lighthouse-'));
const browser = await chromium.launchPersistentContext(profile, {
  ...(existsSync('/usr/bin/chromium') ? { executablePath: '/usr/bin/chromium' } : {}),
  args: ['--remote-debugging-port=0', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update'],
});

/** The port that the browser chose. */
async function debuggingPort() {
  return Number((await readFile(join(profile, 'DevToolsActivePort'), 'utf8')).split('\n')[0]);
}

/** An empty cache, and what the visitor has stored. @param {Record<string, object>} storage */
async function prepare(storage) {
  const page = await browser.newPage();
  await page.goto(`${shop}/favicon.svg`);
  await page.evaluate((stored) => {
    localStorage.clear();
    for (const [key, value] of Object.entries(stored)) localStorage.setItem(key, JSON.stringify(value));
  }, storage);
  const devtools = await browser.newCDPSession(page);
  await devtools.send('Network.clearBrowserCache');
  await page.close();
}

/**
 * The blocking time as Lighthouse counts it, but of the processor time of each task: other processes do not
 * lengthen it. More than Lighthouse's own on an idle machine, because tasks before the first paint count too.
 *
 * @param {TraceEvent[]} events
 */
function blockingCpu(events) {
  /** @type {Map<string, number>} */
  const scripts = new Map();
  for (const { name, pid, tid, dur = 0 } of events) if (name === 'EvaluateScript') scripts.set(`${pid} ${tid}`, (scripts.get(`${pid} ${tid}`) ?? 0) + dur);
  const [page] = [...scripts].sort(([, one], [, other]) => other - one)[0] ?? [];
  const tasks = events.filter(({ name, pid, tid }) => name === 'RunTask' && `${pid} ${tid}` === page);
  return tasks.reduce((sum, { tdur = 0 }) => sum + Math.max(0, (tdur / 1000) * CPU_SLOWDOWN - LONG_TASK_MS), 0);
}

/** @param {string} path @param {number} port */
async function measure(path, port) {
  const flags = { port, onlyCategories: ['performance'], disableStorageReset: true, logLevel: 'error', maxWaitForLoad: RUN_SECONDS * 500 };
  const { lhr, artifacts } = (await lighthouse(shop + path, flags)) ?? {};
  if (!lhr || !artifacts || lhr.runtimeError) throw new Error(`${path}: ${lhr?.runtimeError?.message ?? 'no report'}`);
  const requests = (lhr.audits['network-requests']?.details?.items ?? []).filter(({ resourceType }) => resourceType !== 'Preflight');
  const bytes = (/** @type {Request[]} */ some) => some.reduce((sum, one) => sum + one.transferSize, 0) / 1000;
  const audit = (/** @type {string} */ name) => lhr.audits[name]?.numericValue ?? 0;
  return {
    performance: Math.round((lhr.categories.performance.score ?? 0) * 100),
    lcp: audit('largest-contentful-paint') / 1000,
    fcp: audit('first-contentful-paint') / 1000,
    si: audit('speed-index') / 1000,
    tbt: audit('total-blocking-time'),
    cpuTbt: blockingCpu(artifacts.Trace.traceEvents),
    cls: audit('cumulative-layout-shift'),
    requests: requests.length,
    kilobytes: bytes(requests),
    scripts: bytes(requests.filter(({ resourceType }) => resourceType === 'Script')),
  };
}

let failed = false;
try {
  const port = await debuggingPort();
  const load = () => loadavg()[0]?.toFixed(1);
  console.log(`lighthouse: mobile, simulated slow 4G, median of ${values.runs}; load of this machine ${load()}`);
  console.log(`page      performance (≥ ${GOALS.performance})      LCP    FCP  speed index   TBT  of CPU time    CLS  requests (≤ ${GOALS.requests})  transferred  scripts (≤ ${GOALS.scripts} kB)`);
  for (const { name, path, storage = {} } of PAGES) {
    const runs = [];
    for (let run = 0; run < Number(values.runs); run++) {
      await prepare(storage);
      runs.push(await measure(path, port));
    }
    runs.sort((one, other) => one.performance - other.performance);
    const median = runs[Math.floor(runs.length / 2)];
    if (!median) continue;
    failed ||= median.requests > GOALS.requests || median.scripts > GOALS.scripts;
    const { performance, lcp, fcp, si, tbt, cpuTbt, cls, requests, kilobytes, scripts } = median;
    const range = `${performance} (${runs[0]?.performance} to ${runs.at(-1)?.performance})`;
    console.log(
      `${name.padEnd(9)} ${range.padStart(21)}  ${lcp.toFixed(1).padStart(5)} s  ${fcp.toFixed(1).padStart(3)} s  ${si.toFixed(1).padStart(8)} s` +
        `  ${Math.round(tbt).toString().padStart(4)} ms  ${Math.round(cpuTbt).toString().padStart(8)} ms  ${cls.toFixed(3)}  ${String(requests).padStart(13)}  ${kilobytes.toFixed(0).padStart(8)} kB  ${scripts.toFixed(1).padStart(14)} kB`,
    );
  }
  console.log(`lighthouse: load of this machine at the end ${load()}`);
} finally {
  await browser.close();
  await rm(profile, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;
