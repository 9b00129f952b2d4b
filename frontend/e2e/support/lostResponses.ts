import type { Page, Route } from '@playwright/test';
import { expect } from './test';

/** The idempotency keys and bodies that a page sent to one route. */
export type SentRequests = { keys: string[]; bodies: string[] };

async function interceptWrites(page: Page, url: string | RegExp, handle: (route: Route) => Promise<void>): Promise<SentRequests> {
  const sent: SentRequests = { keys: [], bodies: [] };
  await page.route(url, async (route) => {
    const request = route.request();
    if (request.method() === 'GET') return route.fallback();
    sent.keys.push(request.headers()['idempotency-key'] ?? '');
    sent.bodies.push(request.postData() ?? '');
    return handle(route);
  });
  return sent;
}

/** The API executes the requests, but the responses never arrive. */
export function loseResponses(page: Page, url: string | RegExp): Promise<SentRequests> {
  return interceptWrites(page, url, async (route) => {
    await route.fetch();
    // Not a lost connection, which the page would retry for ten seconds before it shows an error.
    await route.fulfill({ status: 500, contentType: 'text/plain', body: 'lost' });
  });
}

/** The requests never arrive. */
export function loseRequests(page: Page, url: string | RegExp): Promise<SentRequests> {
  return interceptWrites(page, url, (route) => route.fulfill({ status: 500, contentType: 'text/plain', body: 'lost' }));
}

/** What a customer without feedback might do: select another card, if possible, and submit again. */
export async function submitAgainWith(page: Page, card: string): Promise<void> {
  const other = page.getByRole('radio', { name: new RegExp(card) });
  await expect(other).toBeVisible();
  if (await other.isEnabled()) await other.check();
  await page.getByRole('button', { name: /^(Place order|Pay €|Retry payment|Check again)/ }).click();
}

/** Makes the attempts stored in this browser look hours old. */
export async function ageAttempts(page: Page, hours: number): Promise<void> {
  await page.evaluate((ms) => {
    for (const name of Object.keys(localStorage).filter((key) => key.startsWith('shop.attempt.'))) {
      const attempt = JSON.parse(localStorage.getItem(name) ?? 'null') as unknown;
      if (typeof attempt !== 'object' || attempt === null) continue;
      const old = Object.fromEntries(Object.entries(attempt).map(([field, value]) => [field, typeof value === 'number' ? value - ms : (value as unknown)]));
      localStorage.setItem(name, JSON.stringify(old));
    }
  }, hours * 3_600_000);
}
