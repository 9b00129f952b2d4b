import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

/** The shop under test; scripts/storefront.sh starts one and sets this. */
const shop = process.env['SHOP_URL'] ?? 'http://localhost:3000';
/** Debian's Chromium; Playwright's own browsers are not downloaded. */
const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-output/traces',
  fullyParallel: true,
  workers: 2,
  forbidOnly: true,
  // None by default. CI retries once and reports which test needed it.
  retries: Number(process.env['E2E_RETRIES'] ?? 0),
  // For busy machines; a test takes seconds on an idle one.
  timeout: 120_000,
  expect: { timeout: Number(process.env['EXPECT_MS'] ?? 30_000) },
  reporter: [['list'], ['json', { outputFile: 'test-output/e2e.json' }]],
  use: {
    // By default, actions wait until the test times out; mutation runs set a limit.
    actionTimeout: Number(process.env['ACTION_MS'] ?? 0),
    baseURL: shop,
    trace: 'retain-on-failure',
    viewport: { width: 1280, height: 800 },
    launchOptions: {
      ...(chromium === undefined ? {} : { executablePath: chromium }),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [{ name: 'chromium', use: { browserName: 'chromium' } }],
});
