import type { paths } from '@/lib/api/schema.gen';

type Query = NonNullable<paths['/api/products']['get']['parameters']['query']>;

export const SORTS = { newest: 'Newest first', '-rating': 'Top rated', price: 'Price: low to high', '-price': 'Price: high to low', name: 'Name A–Z' } as const;
export type Sort = keyof typeof SORTS;

/** The filters in the URL. Absent means all. */
export type Filters = {
  q?: string;
  category?: string;
  minPrice?: number;
  maxPrice?: number;
  inStock?: true;
  sort?: Sort;
};

/** Ignores invalid values: an edited link shows more products, never an error. */
export function parseFilters(params: URLSearchParams): Filters {
  const q = params.get('q')?.trim().slice(0, 100);
  const category = params.get('category')?.trim();
  const sort = params.get('sort');
  const [minPrice, maxPrice] = [parsePrice(params.get('minPrice')), parsePrice(params.get('maxPrice'))];
  return {
    ...(q && { q }),
    ...(category && { category }),
    ...(minPrice !== undefined && { minPrice }),
    ...(maxPrice !== undefined && { maxPrice }),
    ...(params.get('inStock') === 'true' && { inStock: true as const }),
    ...(isSort(sort) && sort !== 'newest' && { sort }),
  };
}

/** Always in the same order, so that the same filters have the same URL. */
export function toSearchParams(filters: Filters): URLSearchParams {
  const params = new URLSearchParams();
  for (const name of ['q', 'category', 'minPrice', 'maxPrice', 'inStock', 'sort'] as const) {
    const value = filters[name];
    if (value !== undefined) params.set(name, String(value));
  }
  return params;
}

/** Applies `change`; undefined removes a filter. */
export function changeFilters(filters: Filters, change: { [Name in keyof Filters]: Filters[Name] | undefined }): Filters {
  return parseFilters(toSearchParams({ ...filters, ...change } as Filters));
}

/** The API's query parameters. A reversed price range is swapped. */
export function toApiQuery({ minPrice, maxPrice, ...rest }: Filters): Query {
  const swapped = minPrice !== undefined && maxPrice !== undefined && minPrice > maxPrice;
  const [min, max] = swapped ? [maxPrice, minPrice] : [minPrice, maxPrice];
  return { ...rest, ...(min !== undefined && { minPrice: min }), ...(max !== undefined && { maxPrice: max }) };
}

/** The API's maximum. */
const MAX_PRICE = 99_999_999.99;

/** Accepts `12`, `12.5` and `12,50`; rounds to cents. */
export function parsePrice(text: string | null): number | undefined {
  const trimmed = text?.trim().replace(',', '.') ?? '';
  if (!/^\d+(\.\d*)?$/.test(trimmed)) return undefined;
  const amount = Math.round(Number(trimmed) * 100) / 100;
  return amount <= MAX_PRICE ? amount : undefined;
}

function isSort(text: string | null): text is Sort {
  return text !== null && Object.hasOwn(SORTS, text);
}
