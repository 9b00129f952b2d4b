import { type APIRequestContext, type APIResponse, expect } from '@playwright/test';
import type { components } from '../../src/lib/api/schema.gen';

type Schemas = components['schemas'];
export type TestUser = Schemas['SignedIn'] & { password: string };

let counter = 0;
/** Unique in every test, process and run, so that tests do not share data. */
export function unique(name: string): string {
  counter += 1;
  return `${name}-${Date.now().toString(36)}${process.pid.toString(36)}${counter.toString(36)}`;
}

/** The demo shop's admin, logged in once per worker: the API limits the sessions of one user. */
let adminSession: Promise<TestUser> | undefined;

/** The shop's API: sets up what a test needs, and checks what it leaves behind. */
export class Shop {
  constructor(
    private readonly request: APIRequestContext,
    private readonly token?: string,
    private readonly products: number[] = [],
  ) {}

  as(user: { token: string }): Shop {
    return new Shop(this.request, user.token, this.products);
  }

  /** Sends a request, and again while a busy machine answers 503, all with the same idempotency key. */
  async send(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, data?: unknown): Promise<APIResponse> {
    const headers: Record<string, string> = { 'idempotency-key': unique('e2e') };
    if (this.token !== undefined) headers['authorization'] = `Bearer ${this.token}`;
    const send = () => this.request.fetch(path, { method, headers, ...(data === undefined ? {} : { data }) });
    let response = await send();
    await expect.poll(async () => (response.status() === 503 ? (response = await send()) : response).status()).not.toBe(503);
    return response;
  }

  /** The body of a successful response. */
  async call<T>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, data?: unknown): Promise<T> {
    const response = await this.send(method, path, data);
    expect(response.ok(), `${method} ${path}: ${response.status()} ${await response.text()}`).toBe(true);
    return (response.status() === 204 ? undefined : await response.json()) as T;
  }

  async newCustomer(name = 'Vera Testa'): Promise<TestUser> {
    const password = 'correct horse battery';
    const email = `${unique('vera')}@example.org`;
    const response = await this.send('POST', '/api/users/signup', { name, email, password });
    // An earlier attempt without a response has created the account.
    if (response.status() === 409) return this.logIn(email, password);
    expect(response.ok(), `POST /api/users/signup: ${response.status()} ${await response.text()}`).toBe(true);
    return { ...((await response.json()) as Schemas['SignedIn']), password };
  }

  async logIn(email: string, password: string): Promise<TestUser> {
    return { ...(await this.call<Schemas['SignedIn']>('POST', '/api/users/login', { email, password })), password };
  }

  /** The demo shop's admin, in a session that the tests of a worker share. */
  admin(): Promise<TestUser> {
    return (adminSession ??= this.newAdminSession());
  }

  /** The same admin in a separate session, for tests that end it. The password comes from scripts/storefront.sh. */
  newAdminSession(): Promise<TestUser> {
    const email = process.env['SHOP_ADMIN_EMAIL'] ?? 'admin@shop.example';
    const password = process.env['SHOP_ADMIN_PASSWORD'];
    if (password === undefined) throw new Error('SHOP_ADMIN_PASSWORD is not set');
    return this.logIn(email, password);
  }

  /** A product of this test only, so that no other test buys it. */
  async newProduct(data: Partial<Schemas['ProductData']> = {}): Promise<Schemas['Product']> {
    const product = { name: unique('Brass Whistle'), price: 12.5, stock: 10, category: 'Outdoors', ...data };
    const created = await this.as(await this.admin()).call<Schemas['Product']>('POST', '/api/products', product);
    this.products.push(created.id);
    return created;
  }

  /** Deletes this test's products, which would change the lists of other tests. */
  async cleanUp(): Promise<void> {
    // Some tests delete their products themselves: 404 is fine.
    for (const id of this.products.splice(0)) await this.as(await this.admin()).send('DELETE', `/api/products/${id}`);
  }

  /** Places an order with a card that is declined, and returns its id. */
  async declinedOrder(items: readonly { productId: number; quantity: number }[]): Promise<number> {
    const response = await this.send('POST', '/api/orders', { items, payment: { method: 'tok_declined' } });
    expect(response.status()).toBe(402);
    return ((await response.json()) as { order: { id: number } }).order.id;
  }

  order(id: number): Promise<Schemas['OrderWithTimeline']> {
    return this.call('GET', `/api/orders/${id}`);
  }

  orders(): Promise<Schemas['Order'][]> {
    return this.call('GET', '/api/orders');
  }
}
