/** Names for the schemas of docs/openapi.json; `npm run api` generates schema.gen.d.ts. */
import type { components, paths } from './schema.gen';

type Schemas = components['schemas'];

export type Address = Schemas['Address'];
export type AddressData = Schemas['AddressData'];
export type Amounts = Schemas['Amounts'];
export type CategoryCount = Schemas['CategoryCount'];
export type DailySales = Dashboard['salesByDay'][number];
export type Dashboard = Schemas['Dashboard'];
export type Discount = Schemas['DiscountRecord'];
export type DiscountData = Schemas['DiscountDraft'];
export type FieldError = Schemas['FieldError'];
export type Fulfilment = Schemas['Fulfilment'];
export type InvoiceAddress = Schemas['InvoiceAddress'];
export type Notification = Schemas['Notification'];
export type Order = Schemas['Order'];
export type OrderLine = Schemas['OrderLine'];
export type OrderStatus = Schemas['OrderStatus'];
export type OrderWithTimeline = Schemas['OrderWithTimeline'];
export type Payment = Schemas['Payment'];
export type PlaceOrder = Schemas['PlaceOrder'];
export type ProblemBody = Schemas['ProblemBody'];
export type Product = Schemas['Product'];
export type ProductData = Schemas['ProductData'];
export type Quote = Schemas['Quote'];
export type QuoteProblem = Schemas['QuoteProblem'];
export type RatingSummary = Schemas['RatingSummary'];
export type RefundPayment = Schemas['RefundPayment'];
/** A return of an order. */
export type Return = OrderWithTimeline['returns'][number];
export type ReturnStatus = Return['status'];
export type RequestReturn = paths['/api/orders/{id}/returns']['post']['requestBody']['content']['application/json'];
export type Review = Schemas['Review'];
export type Role = Schemas['Role'];
export type SavedAddress = Schemas['SavedAddress'];
export type ShipOrder = Schemas['ShipOrder'];
export type ShippingMethod = Schemas['ShippingMethod'];
export type ShippingMethodData = Schemas['ShippingMethodDraft'];
export type ShopSettings = Schemas['ShopSettings'];
export type SignedIn = Schemas['SignedIn'];
export type Stock = Schemas['Stock'];
export type StockLedgerEntry = Schemas['StockLedgerEntry'];
export type TaxRate = Schemas['TaxRate'];
export type TaxRateData = Schemas['TaxRateDraft'];
export type UpdateReturn = paths['/api/orders/{id}/returns/{returnId}']['put']['requestBody']['content']['application/json'];
export type User = Schemas['User'];
