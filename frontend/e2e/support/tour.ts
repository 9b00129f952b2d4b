import type { Page } from '@playwright/test';
import { expect, expectAccessible } from './test';

/** Where the pictures of all pages are kept, to be looked at. */
const PICTURES = 'test-output/pages';
export const WIDTHS = [360, 1440] as const;
/** What Google calls good, and what one does not notice. */
const MOST_SHIFT = 0.1;

/** Goes to a page, waits for `ready`, and holds it to what every page must be; keeps a picture of it. */
export async function visit(page: Page, name: string, path: string, ready: string | RegExp): Promise<void> {
  await page.goto(path);
  await expect(page.getByText(ready).first()).toBeVisible();
  await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
  // Pictures further down are loaded when they come near.
  await page.evaluate(() => {
    for (const picture of document.images) picture.loading = 'eager';
  });
  await page.waitForFunction(() => [...document.images].every((picture) => picture.complete));
  expect(await page.evaluate(() => [...document.images].filter((picture) => picture.naturalWidth === 0).length), 'broken pictures').toBe(0);

  const { width } = page.viewportSize() ?? { width: 0 };
  const scheme = await page.evaluate(() => (matchMedia('(prefers-color-scheme: dark)').matches ? '-dark' : ''));
  await page.screenshot({ path: `${PICTURES}/${name}-${width}${scheme}.png`, fullPage: true });
  expect(await page.evaluate(() => document.documentElement.scrollWidth), `${path} is wider than ${width}`).toBeLessThanOrEqual(width);
  expect(await shift(page), `${path} moves while it loads`).toBeLessThan(MOST_SHIFT);
  await expectAccessible(page);
}

/** Cumulative layout shift since the page was loaded. */
function shift(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let sum = 0;
        const observer = new PerformanceObserver((list) => {
          for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[]) {
            if (!entry.hadRecentInput) sum += entry.value;
          }
        });
        observer.observe({ type: 'layout-shift', buffered: true });
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)));
      }),
  );
}
