import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

/** The shop whose API and images `npm run dev` uses. */
const shop = process.env['SHOP_URL'] ?? 'http://localhost:3000';
const proxy = Object.fromEntries(['/api', '/images', '/docs', '/openapi.json'].map((path) => [path, shop]));

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@': fileURLToPath(new URL('src', import.meta.url)) } },
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
  },
});
