import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The shop whose API and images `npm run dev` uses. */
const shop = process.env['SHOP_URL'] ?? 'http://localhost:3000';
const proxy = Object.fromEntries(['/api', '/images', '/docs', '/openapi.json'].map((path) => [path, shop]));

export default defineConfig({
  resolve: {
    alias: [
      { find: '@', replacement: fileURLToPath(new URL('src', import.meta.url)) },
      // React's API with Preact's implementation, for libraries too: docs/decisions/0090-react-s-api-with-preact.md.
      { find: /^react(-dom)?\/jsx(-dev)?-runtime$/, replacement: 'preact/jsx-runtime' },
      { find: /^react-dom\/(client|server)$/, replacement: 'preact/compat/$1' },
      { find: /^react(-dom)?$/, replacement: 'preact/compat' },
    ],
  },
  server: { host: '127.0.0.1', proxy },
  preview: { host: '127.0.0.1', proxy },
  build: {
    target: 'es2022',
    // The CSP allows `data:` URLs only for images, and files are cached forever anyway.
    assetsInlineLimit: 0,
    // Read by scripts/budget.mjs.
    manifest: true,
  },
  test: {
    include: ['src/**/*.test.ts', 'src/**/*.test.tsx', 'lint/*.test.ts'],
    environment: 'node',
    // Otherwise the libraries would import React itself.
    server: { deps: { inline: ['@tanstack/react-query', 'react-router'] } },
  },
});
