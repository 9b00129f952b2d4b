import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

/** Where the shop under test is; scripts/storefront.sh starts one and says. */
const shop = process.env['SHOP_URL'] ?? 'http://localhost:3000';
/** Debian's; Playwright's own browsers are not downloaded. */
const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-output/traces',
  fullyParallel: true,
  workers: 2,
  forbidOnly: true,
  // None by hand. CI tries once more, and says which journey needed it.
  retries: Number(process.env['JOURNEY_RETRIES'] ?? 0),
  // For a machine that has other things to do; a journey on an idle one takes seconds.
  timeout: 120_000,
  expect: { timeout: Number(process.env['EXPECT_MS'] ?? 30_000) },
  reporter: [['list'], ['json', { outputFile: 'test-output/journeys.json' }]],
  use: {
    // A button that does not come is waited for as long as the journey has, or as a run of mutants says.
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
