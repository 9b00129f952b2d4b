import type { Page } from '@playwright/test';
import { expect, expectAccessible } from './test';

/** Screenshots of all pages, for review. */
const SCREENSHOTS = 'test-output/pages';
export const WIDTHS = [360, 1440] as const;
/** A “good” score by the Core Web Vitals. */
const MAX_LAYOUT_SHIFT = 0.1;

/** Opens a page, waits for `ready`, takes a screenshot, and checks what holds for every page: no broken images, no horizontal scrolling, no layout shift, accessible. */
export async function checkPage(page: Page, name: string, path: string, ready: string | RegExp): Promise<void> {
  await page.goto(path);
  await expect(page.getByText(ready).first()).toBeVisible();
  await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
  // Images further down are loaded lazily.
  await page.evaluate(() => {
    for (const image of document.images) image.loading = 'eager';
  });
  await page.waitForFunction(() => [...document.images].every((image) => image.complete));
  expect(await page.evaluate(() => [...document.images].filter((image) => image.naturalWidth === 0).length), 'broken images').toBe(0);

  const { width } = page.viewportSize() ?? { width: 0 };
  const scheme = await page.evaluate(() => (matchMedia('(prefers-color-scheme: dark)').matches ? '-dark' : ''));
  await page.screenshot({ path: `${SCREENSHOTS}/${name}-${width}${scheme}.png`, fullPage: true });
  expect(await page.evaluate(() => document.documentElement.scrollWidth), `${path} is wider than ${width}`).toBeLessThanOrEqual(width);
  expect(await layoutShift(page), `${path} shifts while it loads`).toBeLessThan(MAX_LAYOUT_SHIFT);
  await expectAccessible(page);
}

/** Cumulative layout shift since the page was loaded. */
function layoutShift(page: Page): Promise<number> {
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
