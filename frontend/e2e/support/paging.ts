import type { Page } from '@playwright/test';

/** Has the shop answer these lists a few rows at a time, so that a list of three has a second page. */
export async function inPagesOf(page: Page, size: number, paths: readonly RegExp[]): Promise<void> {
  await page.route(
    (url) => paths.some((path) => path.test(url.pathname)),
    (route) => {
      const url = new URL(route.request().url());
      if (route.request().method() !== 'GET') return route.fallback();
      url.searchParams.set('limit', String(size));
      return route.continue({ url: url.toString() });
    },
  );
}
