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
  await scrollThrough(page);
  await page.waitForFunction(() => [...document.images].every((image) => image.complete));
  expect(await page.evaluate(() => [...document.images].filter((image) => image.naturalWidth === 0).length), 'broken images').toBe(0);

  const { width } = page.viewportSize() ?? { width: 0 };
  const scheme = await page.evaluate(() => (matchMedia('(prefers-color-scheme: dark)').matches ? '-dark' : ''));
  await page.screenshot({ path: `${SCREENSHOTS}/${name}-${width}${scheme}.png`, fullPage: true });
  expect(await page.evaluate(() => document.documentElement.scrollWidth), `${path} is wider than ${width}`).toBeLessThanOrEqual(width);
  expect(await layoutShift(page), `${path} shifts while it loads`).toBeLessThan(MAX_LAYOUT_SHIFT);
  await expectAccessible(page);
}

/** Images are loaded when they are about to be seen. */
async function scrollThrough(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    for (let top = 0; top < document.documentElement.scrollHeight; top += window.innerHeight) {
      window.scrollTo({ top, behavior: 'instant' });
      // Intersections are observed once per frame, before the next one.
      await nextFrame();
      await nextFrame();
    }
    window.scrollTo({ top: 0, behavior: 'instant' });
  });
  await expect(page.locator('img:not([src])')).toHaveCount(0);
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
