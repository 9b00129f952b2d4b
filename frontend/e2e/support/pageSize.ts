import type { Page } from '@playwright/test';

/** Makes the API return these lists with `size` rows per page, so that a short list has a second page. */
export async function limitPageSize(page: Page, size: number, paths: readonly RegExp[]): Promise<void> {
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
