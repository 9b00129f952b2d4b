/** Routes that docs/openapi.json does not have yet. */

/** The money of an order or a quote: `subtotal − discount + shipping + (taxIncluded ? 0 : tax) = total`. */
export type Amounts = {
  subtotal: number;
  discount: number;
  shipping: number;
  shippingTax: number;
  tax: number;
  taxIncluded: boolean;
  total: number;
};

export type Address = {
  name: string;
  line1: string;
  line2?: string | null;
  city: string;
  region?: string | null;
  postalCode: string;
  /** ISO 3166-1 alpha-2. */
  country: string;
  phone?: string | null;
};

export type InvoiceAddress = Omit<Address, 'name' | 'phone'>;

export type ShopSettings = {
  currency: string;
  homeCountry: string;
  pricesIncludeTax: boolean;
  addressRequired: boolean;
  returnDays: number;
  name?: string | null;
  address?: InvoiceAddress | null;
};

export type TaxRateData = { country: string; region?: string | null; category?: string | null; percentage: number };
export type TaxRate = TaxRateData & { id: number };

export type ShippingMethodData = {
  name: string;
  price: number;
  freeAbove?: number | null;
  countries: string[];
  minDays: number;
  maxDays: number;
  active: boolean;
};
export type ShippingMethod = ShippingMethodData & { id: number };

export type DiscountData = {
  code: string;
  percentage?: number | null;
  amount?: number | null;
  minimumSubtotal: number;
  startsAt?: string | null;
  endsAt?: string | null;
  maxUses?: number | null;
  maxUsesPerCustomer?: number | null;
  active: boolean;
};
export type Discount = DiscountData & { id: number; uses: number; createdAt: string; updatedAt: string };

export type QuoteRequest = {
  items: { productId: number; quantity: number }[];
  shippingAddress?: Address;
  shippingMethodId?: number;
  discountCode?: string;
};

export type QuoteProblem = { field: string; code: string; detail: string; productId?: number | null; available?: number | null };

export type Quote = Amounts & {
  currency: string;
  items: { productId: number; name: string; quantity: number; price: number; discount: number; tax: number; total: number }[];
  shippingMethods: { id: number; name: string; price: number; minDays: number; maxDays: number }[];
  shippingMethodId?: number | null;
  problems: QuoteProblem[];
};

/** An address of the address book. */
export type SavedAddress = Address & { id: number; isDefault: boolean };

type Operation<Parameters, Body, Answer> = {
  parameters: Parameters;
  requestBody: { content: { 'application/json': Body } };
  responses: { 200: { headers: Record<string, unknown>; content: { 'application/json': Answer } } };
};
type Get<Parameters, Answer> = { parameters: Parameters; responses: Operation<Parameters, never, Answer>['responses'] };
type Id = { path: { id: number } };
type Key = { header: { 'Idempotency-Key': string } };
type Version = { header?: { 'If-Match'?: string } };
type Nothing = { path?: never };

export type PendingPaths = {
  '/api/orders/settings': { get: Get<Nothing, ShopSettings>; put: Operation<Version, ShopSettings, ShopSettings> };
  '/api/orders/tax-rates': { get: Get<Nothing, TaxRate[]>; post: Operation<Key, TaxRateData, TaxRate> };
  '/api/orders/tax-rates/{id}': { put: Operation<Id, TaxRateData, TaxRate>; delete: Get<Id, undefined> };
  '/api/orders/shipping-methods': {
    get: Get<{ query?: { country?: string; all?: boolean } }, ShippingMethod[]>;
    post: Operation<Key, ShippingMethodData, ShippingMethod>;
  };
  '/api/orders/shipping-methods/{id}': { put: Operation<Id, ShippingMethodData, ShippingMethod>; delete: Get<Id, undefined> };
  '/api/orders/discounts': {
    get: Get<{ query?: { limit?: number; cursor?: string } }, Discount[]>;
    post: Operation<Key, DiscountData, Discount>;
  };
  '/api/orders/discounts/{id}': { get: Get<Id, Discount>; put: Operation<Id & Version, DiscountData, Discount>; delete: Get<Id, undefined> };
  '/api/orders/quote': { post: Operation<Nothing, QuoteRequest, Quote> };
  '/api/users/me/addresses': { get: Get<Nothing, SavedAddress[]>; post: Operation<Nothing, Address, SavedAddress> };
};
