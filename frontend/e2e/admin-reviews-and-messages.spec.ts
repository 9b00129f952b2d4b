import { expect, tableRow, test } from './support/admin';

test('an admin removes a review, and the shop no longer shows it', async ({ page, shop }) => {
  const product = await shop.newProduct();
  const customer = await shop.newCustomer('Spam Bot');
  const comment = '<b>Cheap</b> watches at my <script>shop</script>';
  await shop.as(customer).call('POST', '/api/reviews', { productId: product.id, rating: 1, comment });
  await page.goto(`/admin/reviews?q=${product.name}`);
  await tableRow(page, product.name).getByRole('link', { name: product.name, exact: true }).click();
  await expect(page.getByText(comment)).toBeVisible();
  await page.getByRole('button', { name: 'Remove the review by Spam B.' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove review' }).click();
  await expect(page.getByText('No reviews yet')).toBeVisible();
  expect(await shop.call('GET', `/api/reviews/product/${product.id}`)).toEqual([]);
});

test('an admin sends a message to a customer', async ({ page, shop }) => {
  const customer = await shop.newCustomer('Mina Vera');
  await page.goto('/admin/messages');
  await page.getByLabel('Customer ID').fill(String(customer.user.id));
  await expect(page.getByText(`Mina Vera, ${customer.user.email}`)).toBeVisible();
  await page.getByRole('button', { name: 'Send' }).click();
  await expect(page.getByLabel('Subject')).toHaveAccessibleDescription(/Must not be empty/);
  await page.getByLabel('Subject').fill('Your umbrella');
  await page.getByLabel('Message', { exact: true }).fill('You left it here.\nWe keep it.');
  await page.getByRole('button', { name: 'Send' }).click();
  const question = page.getByRole('alertdialog', { name: 'Send this message to Mina Vera?' });
  await expect(question).toContainText(customer.user.email);
  await question.getByRole('button', { name: 'Send now' }).dblclick();
  await expect(page.getByRole('region', { name: 'Message history for Mina Vera' }).getByText('Your umbrella')).toBeVisible();
  const messages = await shop.as(customer).call<{ subject: string; message: string }[]>('GET', `/api/notifications/user/${customer.user.id}`);
  expect(messages).toEqual([expect.objectContaining({ type: 'note', subject: 'Your umbrella', message: 'You left it here.\nWe keep it.' })]);
});
