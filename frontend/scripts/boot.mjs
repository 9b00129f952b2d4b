// Puts a small script in front of index.html, in place of public/theme.js: it applies the theme, and starts
// loading what the page at this address needs, before the storefront's own script has arrived. A file, because
// the CSP forbids inline scripts; named by its content, so that it is cached. Run after `vite build`.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dist, filesOf, read } from './manifest.mjs';
import { PAGES } from './pages.mjs';

const THEME = '<script src="/theme.js"></script>';

const html = read('index.html').toString();
const [before, after] = html.split(THEME);
if (before === undefined || after === undefined) throw new Error(`dist/index.html has no ${THEME}`);

/** @type {[pattern: string, files: string[], data: readonly string[]][]} */
const rows = PAGES.map(({ path, file, data = [] }) => {
  const { scripts, styles } = filesOf(file);
  const pattern = `^${path.replace(/:id/g, '([1-9]\\d*)').replace('/*', '(?:/|$)')}${path.endsWith('*') ? '' : '/?$'}`;
  return [pattern, [...styles, ...scripts].map((name) => `/${name}`).filter((name) => !html.includes(name)), data];
});

/** Runs in the browser: no imports, and nothing from outside of it. */
const preload = (/** @type {typeof rows} */ table) => {
  const { pathname, search } = location;
  const add = (/** @type {Partial<HTMLLinkElement>} */ link) => document.head.append(Object.assign(document.createElement('link'), link));
  for (const [pattern, files, data] of table) {
    const found = new RegExp(pattern).exec(pathname);
    if (!found) continue;
    for (const href of files) add(href.endsWith('.css') ? { rel: 'preload', as: 'style', crossOrigin: '', href } : { rel: 'modulepreload', href });
    // A session sends its token, and another query asks for something else: neither could use these responses.
    if (search !== '' || localStorage.getItem('shop.session') !== null) return;
    for (const url of data) add({ rel: 'preload', as: 'fetch', crossOrigin: 'anonymous', href: url.replace(':id', found[1] ?? '') });
    return;
  }
};

const theme = readFileSync(new URL('../public/theme.js', import.meta.url), 'utf8').replace(/^\s*\/\/.*\n/gm, '');
const script = `${theme}try{(${preload.toString().replace(/\/\*\*.*?\*\/\s*|^\s*\/\/.*$/gm, '')})(${JSON.stringify(rows)})}catch{}\n`;
const name = `assets/boot-${createHash('sha256').update(script).digest('base64url').slice(0, 8)}.js`;
writeFileSync(new URL(name, dist), script);
writeFileSync(new URL('index.html', dist), `${before}<script src="/${name}"></script>${after}`);
