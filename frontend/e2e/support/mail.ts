import { expect, type Page } from '@playwright/test';

/** The path and query of the link with this label in the newest mail to an address. */
export async function linkInMail(page: Page, to: string, label: string): Promise<string> {
  let link: string | undefined;
  await expect(async () => {
    const list = await (await page.request.get('/dev/mail')).text();
    const rows = list.split('<tr>').filter((row) => row.includes(`<td>${to}</td>`));
    const mails = rows.map((row) => /href="([^"]+)"/.exec(row)?.[1]).filter((path) => path !== undefined);
    for (const path of mails) {
      const mail = await (await page.request.get(path)).text();
      link ??= new RegExp(`^${label}: (\\S+)$`, 'm').exec(mail)?.[1];
    }
    expect(link, `a mail to ${to} with the link "${label}"`).toBeDefined();
  }).toPass();
  const { pathname, search } = new URL(link ?? '');
  return pathname + search;
}
