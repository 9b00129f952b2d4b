import { infiniteQueryOptions } from '@tanstack/react-query';
import { api, expectSuccess, unwrap, unwrapPage } from '@/lib/api/client';
import type { Discount, DiscountData } from '@/lib/api/types';
import { Problem } from '@/lib/api/problem';
import { formatDateTime } from '@/lib/dates';
import { formatMoney } from '@/lib/money';
import { formText } from '@/lib/useForm';
import { fieldProblem, parseFields } from '@/lib/validate';
import { createOrFind } from '../lib/createOrFind';
import { optionalAmount, optionalInstant, optionalQuantity, parsePercentage } from '../lib/formFields';
import { parseAmount } from '../lib/parse';
import { ifMatch, unwrapVersioned, type Versioned } from '../lib/versioned';

export const DISCOUNTS = { one: 'Discount code', parent: { to: '/admin/settings/discounts', label: 'Discount codes' } };
export const DISCOUNT_FIELDS = [
  'code',
  'kind',
  'percentage',
  'amount',
  'minimumSubtotal',
  'startsAt',
  'endsAt',
  'maxUses',
  'maxUsesPerCustomer',
  'active',
] as const;

export const DISCOUNTS_KEY = ['admin', 'settings', 'discounts'];
const PAGE = 30;
/** How old a code may be that a lost request has added; clocks may differ. */
const RECENT_MS = 10 * 60_000;

export const discountsQuery = infiniteQueryOptions({
  queryKey: [...DISCOUNTS_KEY, 'list'],
  queryFn: ({ pageParam, signal }) =>
    unwrapPage(api.GET('/api/orders/discounts', { params: { query: { limit: PAGE, ...(pageParam !== '' && { cursor: pageParam }) } }, signal })),
  initialPageParam: '',
  getNextPageParam: (last) => last.next,
});

export function loadDiscount(id: number, signal?: AbortSignal): Promise<Versioned<Discount>> {
  return unwrapVersioned(api.GET('/api/orders/discounts/{id}', { params: { path: { id } }, cache: 'no-store', ...(signal && { signal }) }));
}

/** Throws a `Problem` with all validation errors. */
export function parseDiscount(data: FormData): DiscountData {
  const isAmount = formText(data, 'kind') === 'amount';
  const more = (value: number, field: string) => {
    if (value === 0) throw fieldProblem(field, 'must be more than 0');
    return value;
  };
  const { value, ...rest } = parseFields({
    code: () => parseCode(formText(data, 'code')),
    value: () =>
      isAmount
        ? { amount: more(parseAmount(formText(data, 'amount'), 'amount'), 'amount') }
        : { percentage: more(parsePercentage(formText(data, 'percentage'), 'percentage'), 'percentage') },
    minimumSubtotal: () => optionalAmount(data, 'minimumSubtotal') ?? 0,
    startsAt: () => optionalInstant(data, 'startsAt'),
    endsAt: () => optionalInstant(data, 'endsAt'),
    maxUses: () => optionalQuantity(data, 'maxUses', 1),
    maxUsesPerCustomer: () => optionalQuantity(data, 'maxUsesPerCustomer', 1),
  });
  if (rest.startsAt !== null && rest.endsAt !== null && rest.endsAt <= rest.startsAt) throw fieldProblem('endsAt', 'must be later than its start');
  return { ...rest, ...value, active: data.has('active') };
}

function parseCode(text: string): string {
  const code = text.trim().toUpperCase();
  if (!/^[A-Z0-9_-]{3,32}$/.test(code)) throw fieldProblem('code', 'must be 3 to 32 letters, digits, hyphens and underscores');
  return code;
}

/** After a lost response, looks up whether it was added: a code exists once, and the newest are on the first page. */
export function createDiscount(body: DiscountData): Promise<Discount> {
  const find = async () => (await unwrap(api.GET('/api/orders/discounts', {}))).find(({ code, createdAt }) => code === body.code && Date.now() - Date.parse(createdAt) < RECENT_MS);
  return createOrFind(() => unwrap(api.POST('/api/orders/discounts', { body })), find);
}

/** How often orders may use the code while it is saved. */
const MAX_ATTEMPTS = 4;

/**
 * Saves a discount over the version that was edited. The version also covers its uses, which orders count: if
 * only those have changed, it is saved over the newer version.
 */
export async function saveDiscount({ value, etag }: Versioned<Discount>, body: DiscountData): Promise<Discount> {
  const path = { id: value.id };
  let version = etag;
  for (let attempt = 1; ; attempt++) {
    try {
      return await unwrap(api.PUT('/api/orders/discounts/{id}', { params: { path, ...ifMatch(version) }, body }));
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'stale' || attempt === MAX_ATTEMPTS) throw error;
      const latest = await loadDiscount(value.id);
      if (latest.value.updatedAt !== value.updatedAt) throw error;
      version = latest.etag;
    }
  }
}

export function deleteDiscount(id: number): Promise<void> {
  return expectSuccess(api.DELETE('/api/orders/discounts/{id}', { params: { path: { id } } }));
}

/** `10 %`, `€5.00`. */
export function describeValue({ percentage, amount }: Pick<DiscountData, 'percentage' | 'amount'>, currency: string): string {
  return typeof percentage === 'number' ? `${percentage} %` : formatMoney(amount ?? 0, currency);
}

/** `12`, `12 of 100`. */
export function describeUses({ uses, maxUses }: Pick<Discount, 'uses' | 'maxUses'>): string {
  return typeof maxUses === 'number' ? `${uses.toLocaleString('en')} of ${maxUses.toLocaleString('en')}` : uses.toLocaleString('en');
}

/** Whether customers can use a code now, and why not. */
export function discountState(discount: Discount, now: number): { label: string; usable: boolean } {
  const { active, startsAt, endsAt, uses, maxUses } = discount;
  if (!active) return { label: 'Inactive', usable: false };
  if (endsAt && Date.parse(endsAt) <= now) return { label: 'Ended', usable: false };
  if (typeof maxUses === 'number' && uses >= maxUses) return { label: 'Used up', usable: false };
  if (startsAt && Date.parse(startsAt) > now) return { label: 'Not started', usable: false };
  return { label: 'Active', usable: true };
}

/** `until 24 Dec, 18:00`, or null if it has no limits of time. */
export function describePeriod({ startsAt, endsAt }: Pick<DiscountData, 'startsAt' | 'endsAt'>): string | null {
  if (startsAt && endsAt) return `${formatDateTime(startsAt)} to ${formatDateTime(endsAt)}`;
  if (startsAt) return `from ${formatDateTime(startsAt)}`;
  return endsAt ? `until ${formatDateTime(endsAt)}` : null;
}
