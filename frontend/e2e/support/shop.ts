import { type APIRequestContext, expect } from '@playwright/test';
import type { components } from '../../src/lib/api/schema.gen';

type Schemas = components['schemas'];
export type Person = Schemas['SignedIn'] & { password: string };

let made = 0;
/** Different in every test, process and run, so that journeys do not meet. */
export function unique(what: string): string {
  made += 1;
  return `${what}-${Date.now().toString(36)}${process.pid.toString(36)}${made.toString(36)}`;
}

/** The demo shop's admin, logged in once per worker: a person has no more than so many sessions. */
let steward: Promise<Person> | undefined;

/** The shop's API, for what a journey needs before it begins, and leaves behind. */
export class Shop {
  constructor(
    private readonly request: APIRequestContext,
    private readonly token?: string,
    private readonly products: number[] = [],
  ) {}

  as(person: { token: string }): Shop {
    return new Shop(this.request, person.token, this.products);
  }

  async call<T>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, data?: unknown): Promise<T> {
    // One key for all tries: what was done by one whose answer was lost is not done again.
    const headers: Record<string, string> = { 'idempotency-key': unique('journey') };
    if (this.token !== undefined) headers['authorization'] = `Bearer ${this.token}`;
    const send = () => this.request.fetch(path, { method, headers, ...(data === undefined ? {} : { data }) });
    let answer = await send();
    // A machine that has too much to do: what was not done in time is asked for again.
    await expect.poll(async () => (answer.status() === 503 ? (answer = await send()) : answer).status()).not.toBe(503);
    expect(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`).toBe(true);
    return (answer.status() === 204 ? undefined : await answer.json()) as T;
  }

  async newCustomer(name = 'Vera Testa'): Promise<Person> {
    const password = 'correct horse battery';
    const account = { name, email: `${unique('vera')}@example.org`, password };
    const signUp = () => this.request.post('/api/users/signup', { data: account });
    let answer = await signUp();
    await expect.poll(async () => (answer.status() === 503 ? (answer = await signUp()) : answer).status()).not.toBe(503);
    // A try whose answer was lost has opened the account: it is there to log in to.
    if (answer.status() === 409) {
      const { email } = account;
      return { ...(await this.call<Schemas['SignedIn']>('POST', '/api/users/login', { email, password })), password };
    }
    expect(answer.ok(), `POST /api/users/signup: ${answer.status()} ${await answer.text()}`).toBe(true);
    return { ...((await answer.json()) as Schemas['SignedIn']), password };
  }

  /** The demo shop's admin, in a session that the journeys of a worker share. */
  admin(): Promise<Person> {
    return (steward ??= this.newAdminSession());
  }

  /** The same admin in a session of one's own, to end it. The password comes from scripts/storefront.sh. */
  async newAdminSession(): Promise<Person> {
    const email = process.env['SHOP_ADMIN_EMAIL'] ?? 'admin@shop.example';
    const password = process.env['SHOP_ADMIN_PASSWORD'];
    if (password === undefined) throw new Error('SHOP_ADMIN_PASSWORD is not set');
    return { ...(await this.call<Schemas['SignedIn']>('POST', '/api/users/login', { email, password })), password };
  }

  /** A product of this journey's own, so that nobody else buys it away. */
  async newProduct(wish: Partial<Schemas['ProductData']> = {}): Promise<Schemas['Product']> {
    const product = { name: unique('Brass Whistle'), price: 12.5, stock: 10, category: 'Outdoors', ...wish };
    const added = await this.as(await this.admin()).call<Schemas['Product']>('POST', '/api/products', product);
    this.products.push(added.id);
    return added;
  }

  /** Takes this journey's products out of the catalogue, where they would stand in others' way. */
  async tidy(): Promise<void> {
    for (const id of this.products.splice(0)) {
      const { token } = await this.admin();
      // Some journeys delete their own.
      await this.request.delete(`/api/products/${id}`, { headers: { authorization: `Bearer ${token}` } });
    }
  }

  /** Places an order with a card that is declined; its id. */
  async declined(items: readonly { productId: number; quantity: number }[]): Promise<number> {
    const headers = { authorization: `Bearer ${this.token ?? ''}` };
    const answer = await this.request.post('/api/orders', { headers, data: { items, payment: { method: 'tok_declined' } } });
    expect(answer.status()).toBe(402);
    return ((await answer.json()) as { order: { id: number } }).order.id;
  }

  order(id: number): Promise<Schemas['OrderWithTimeline']> {
    return this.call('GET', `/api/orders/${id}`);
  }

  orders(): Promise<Schemas['Order'][]> {
    return this.call('GET', '/api/orders');
  }
}
