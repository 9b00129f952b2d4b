// Prints what the first visit of each route loads of scripts, style sheets and fonts, and fails above the
// budget. The requests of a page with its data and images are counted by e2e/first-load.spec.ts. Run after
// boot.mjs.
import { gzipSync } from 'node:zlib';
import { filesOf, read } from './manifest.mjs';
import { ADMIN, PAGES } from './pages.mjs';

/** In kB of 1,000 bytes, gzip. The admin pages have no first visit: an admin has seen the shop. */
const BUDGET = { customer: { scripts: 100, styles: 12, fonts: 45 }, admin: { scripts: 120, styles: 18, fonts: 45 } };

const kilobytes = (/** @type {Buffer} */ bytes) => bytes.length / 1000;
const gzipped = (/** @type {string} */ name) => kilobytes(gzipSync(read(name), { level: 9 }));
const sum = (/** @type {number[]} */ all) => all.reduce((one, other) => one + other, 0);

const html = read('index.html').toString();
/** What index.html names, whatever the page. */
const named = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].flatMap(([, name]) => name ?? []);

let failed = false;
for (const { path, file } of PAGES) {
  const { scripts, styles } = filesOf(file);
  const all = [...new Set([...named, ...scripts, ...styles])];
  const sizes = {
    scripts: sum(all.filter((name) => name.endsWith('.js')).map(gzipped)),
    styles: sum(all.filter((name) => name.endsWith('.css')).map(gzipped)),
    fonts: sum(all.filter((name) => name.endsWith('.woff2')).map((name) => kilobytes(read(name)))),
  };
  const budget = file === ADMIN ? BUDGET.admin : BUDGET.customer;
  const admin = file === ADMIN ? [] : all.filter((name) => filesOf(ADMIN).scripts.includes(name) && !scripts.includes(name));
  const over = Object.entries(sizes).filter(([kind, size]) => size > budget[/** @type {keyof typeof budget} */ (kind)]);
  const ok = over.length === 0 && admin.length === 0;
  failed ||= !ok;
  const shown = Object.entries(sizes).map(([kind, size]) => `${kind} ${size.toFixed(1)} of ${budget[/** @type {keyof typeof budget} */ (kind)]} kB`);
  console.log(`budget: ${path.padEnd(14)} ${shown.join(', ')}: ${ok ? 'ok' : `TOO MUCH ${over.map(([kind]) => kind).join(', ')}${admin.join(', ')}`}`);
}
process.exitCode = failed ? 1 : 0;
