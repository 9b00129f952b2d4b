import type { Page, Route } from '@playwright/test';
import { expect } from './test';

/** What a page sent to one route, and under which keys. */
export type Sent = { keys: string[]; bodies: string[] };

async function onPosts(page: Page, url: string | RegExp, handle: (route: Route) => Promise<void>): Promise<Sent> {
  const sent: Sent = { keys: [], bodies: [] };
  await page.route(url, async (route) => {
    const request = route.request();
    if (request.method() === 'GET') return route.fallback();
    sent.keys.push(request.headers()['idempotency-key'] ?? '');
    sent.bodies.push(request.postData() ?? '');
    return handle(route);
  });
  return sent;
}

/** The shop does what it is asked, and its answer never arrives. */
export function loseAnswers(page: Page, url: string | RegExp): Promise<Sent> {
  return onPosts(page, url, async (route) => {
    await route.fetch();
    // Not "connection lost", which the page would try again for ten seconds before it says so.
    await route.fulfill({ status: 500, contentType: 'text/plain', body: 'lost' });
  });
}

/** Requests never arrive. */
export function loseRequests(page: Page, url: string | RegExp): Promise<Sent> {
  return onPosts(page, url, (route) => route.fulfill({ status: 500, contentType: 'text/plain', body: 'lost' }));
}

/** Whatever a customer can do who was told nothing: take another card, if they may, and press. */
export async function pressAgainWith(page: Page, card: string): Promise<void> {
  const other = page.getByRole('radio', { name: new RegExp(card) });
  await expect(other).toBeVisible();
  if (await other.isEnabled()) await other.check();
  await page.getByRole('button', { name: /^(Place order|Pay €|Retry payment|Check again)/ }).click();
}

/** Lets what this browser has sent be hours old. */
export async function growOld(page: Page, hours: number): Promise<void> {
  await page.evaluate((ms) => {
    for (const name of Object.keys(localStorage).filter((key) => key.startsWith('shop.attempt.'))) {
      const attempt = JSON.parse(localStorage.getItem(name) ?? 'null') as unknown;
      if (typeof attempt !== 'object' || attempt === null) continue;
      const old = Object.fromEntries(Object.entries(attempt).map(([field, value]) => [field, typeof value === 'number' ? value - ms : (value as unknown)]));
      localStorage.setItem(name, JSON.stringify(old));
    }
  }, hours * 3_600_000);
}
