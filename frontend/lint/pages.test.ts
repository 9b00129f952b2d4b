import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PAGES } from '../scripts/pages.mjs';

const routes = readFileSync('src/app/routes.tsx', 'utf8');
const lazy = /(?:index: true|path: '([^']*)'), \.\.\.page\(\(\) => import\('([^']*)'\)/g;

it('every lazy-loaded route has a budget, and its file is the one that is preloaded', () => {
  const inRoutes = [...routes.matchAll(lazy)].map(([, path = '', module = '']) => {
    const file = module.startsWith('@/') ? `src/${module.slice(2)}.tsx` : `src/app/${module.slice(2)}.ts`;
    return `/${path} ${file}`;
  });
  expect(inRoutes.length).toBe(routes.match(/import\('/g)?.length);
  expect(PAGES.map(({ path, file }) => `${path} ${file}`).sort()).toEqual(inRoutes.sort());
});
