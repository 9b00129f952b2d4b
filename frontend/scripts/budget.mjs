// Prints what the first page of a visit loads, and fails above the budget. Run after `vite build`.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const BUDGET_KB = 150;
/** The routes of a first visit: the homepage and the catalog. */
const FIRST_PAGES = ['src/app/pages/HomePage.tsx', 'src/app/pages/CatalogPage.tsx'];
/** Must be lazy-loaded: the admin pages. */
const LATER = /^src\/features\/admin\//;

const dist = new URL('../dist/', import.meta.url);
/** @type {Record<string, { file: string, imports?: string[], isEntry?: boolean, css?: string[] }>} */
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));

/** @param {string} name @param {Set<string>} seen */
function withImports(name, seen) {
  const chunk = manifest[name];
  if (!chunk) throw new Error(`the build has no ${name}`);
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const imported of chunk.imports ?? []) withImports(imported, seen);
  return seen;
}

/** @param {string} file */
const gzipped = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length / 1000;
/** @param {Set<string>} chunks */
const javascript = (chunks) => [...chunks].reduce((sum, name) => sum + gzipped(manifest[name]?.file ?? ''), 0);
/** @param {Set<string>} chunks */
const styles = (chunks) => new Set([...chunks].flatMap((name) => manifest[name]?.css ?? []));

const entry = Object.keys(manifest).find((name) => manifest[name]?.isEntry);
if (!entry) throw new Error('the build has no entry');

let failed = false;
for (const page of FIRST_PAGES) {
  const chunks = withImports(page, withImports(entry, new Set()));
  const size = javascript(chunks);
  const css = [...styles(chunks)].reduce((sum, file) => sum + gzipped(file), 0);
  const late = [...chunks].filter((name) => LATER.test(name));
  const verdict = size <= BUDGET_KB && late.length === 0 ? 'ok' : 'TOO MUCH';
  failed ||= verdict !== 'ok';
  console.log(
    `budget: ${page.replace(/^.*\/|\.tsx$/g, '')} loads ${size.toFixed(1)} kB of JavaScript of ${BUDGET_KB} kB (gzip), ` +
      `${css.toFixed(1)} kB of CSS: ${verdict}${late.length > 0 ? `, with ${late.join(', ')}` : ''}`,
  );
}
process.exitCode = failed ? 1 : 0;
