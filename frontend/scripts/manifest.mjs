// What `vite build` wrote, for the scripts that run after it.
import { readFileSync } from 'node:fs';

export const dist = new URL('../dist/', import.meta.url);

/** @param {string} name */
export const read = (name) => readFileSync(new URL(name, dist));

/** @type {Record<string, { file: string, imports?: string[], css?: string[] }>} */
const manifest = JSON.parse(read('.vite/manifest.json').toString());

/**
 * A chunk, with those that it imports.
 *
 * @param {string} name
 * @returns {string[]}
 */
export function withImports(name, seen = new Set()) {
  const chunk = manifest[name];
  if (!chunk) throw new Error(`the build has no ${name}`);
  if (seen.has(name)) return [...seen];
  seen.add(name);
  for (const imported of chunk.imports ?? []) withImports(imported, seen);
  return [...seen];
}

/**
 * The scripts and style sheets that a page needs.
 *
 * @param {string} page
 */
export function filesOf(page) {
  const chunks = withImports(page).map((name) => manifest[name]);
  return {
    scripts: chunks.flatMap((chunk) => (chunk ? [chunk.file] : [])),
    styles: [...new Set(chunks.flatMap((chunk) => chunk?.css ?? []))],
  };
}
