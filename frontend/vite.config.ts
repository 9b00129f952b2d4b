import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The shop whose API and images `npm run dev` uses. */
const shop = process.env['SHOP_URL'] ?? 'http://localhost:3000';
const proxy = Object.fromEntries(['/api', '/images', '/docs', '/openapi.json'].map((path) => [path, shop]));

/**
 * What several pages share is in the entry, and so are the style sheets of the customers' pages. Otherwise
 * each combination of pages that share a module would be a file of its own, and each file costs a request.
 */
const SHARED = {
  name: 'shop',
  test: (id: string) => !/[\\/]features[\\/]admin[\\/]/.test(id) && /node_modules|[\\/]src[\\/](main|lib|components|app[\\/](?!pages)|features[\\/]basket)|\.css$/.test(id),
};

/** `"use client"` of libraries, and React Router asks Preact for an API that it can do without. */
const EXPECTED_LOGS = ['MODULE_LEVEL_DIRECTIVE', 'IMPORT_IS_UNDEFINED'];

export default defineConfig({
  resolve: {
    alias: [
      { find: '@', replacement: fileURLToPath(new URL('src', import.meta.url)) },
      // React's API with Preact's implementation, for libraries too: docs/decisions/0090-the-storefront-runs-on-preact.md.
      { find: /^react(-dom)?\/jsx(-dev)?-runtime$/, replacement: 'preact/jsx-runtime' },
      { find: /^react-dom\/(client|server)$/, replacement: 'preact/compat/$1' },
      { find: /^react(-dom)?$/, replacement: 'preact/compat' },
      // Its package offers only the development form, and only CommonJS to Node, which the aliases do not reach.
      { find: /^react-router$/, replacement: fileURLToPath(new URL('node_modules/react-router/dist/production/index.mjs', import.meta.url)) },
    ],
  },
  server: { host: '127.0.0.1', proxy },
  preview: { host: '127.0.0.1', proxy },
  build: {
    target: 'es2022',
    // The CSP allows `data:` URLs only for images, and files are cached forever anyway.
    assetsInlineLimit: 0,
    // Read by the other scripts of the build.
    manifest: true,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: { codeSplitting: { groups: [SHARED] } },
      onLog: (level, log, handle) => {
        if (!EXPECTED_LOGS.includes(log.code ?? '')) handle(level, log);
      },
    },
  },
  test: {
    include: ['src/**/*.test.ts', 'src/**/*.test.tsx', 'lint/*.test.ts'],
    environment: 'node',
    // Otherwise the libraries would import React itself.
    server: { deps: { inline: [/react-query/, /react-router/] } },
  },
});
