import { expect, type Page } from '@playwright/test';
import { fillAddress } from './checkout';
import { unique } from './shop';

export type Contact = { email: string; name: string };

export function newContact(): Contact {
  return { email: `${unique('gina')}@example.org`, name: 'Gina Guest' };
}

/** The first step of checkout, without an account. */
export async function continueAsGuest(page: Page, { email, name }: Contact): Promise<void> {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByRole('button', { name: 'Continue as guest' }).click();
  // The rest of the page has the name in the address.
  await expect(page.getByLabel('Full name')).toHaveValue(name);
}

/** Buys what is in the basket, as a guest. Returns the path of the order. */
export async function buyAsGuest(page: Page, contact: Contact, placeOrder: string): Promise<string> {
  await page.goto('/checkout');
  await continueAsGuest(page, contact);
  await fillAddress(page);
  await page.getByRole('button', { name: placeOrder }).click();
  await expect(page.getByText('Thank you! Your order is confirmed.')).toBeVisible();
  return new URL(page.url()).pathname;
}

/** Makes a link to the order that is shown, and returns it. */
export async function createLink(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Create link' }).click();
  const link = page.getByRole('textbox', { name: 'Link' });
  await expect(link).toHaveValue(/\/orders\/\d+\?key=./);
  return link.inputValue();
}
