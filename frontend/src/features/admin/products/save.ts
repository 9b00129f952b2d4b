import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '@/lib/api/client';
import { Problem } from '@/lib/api/problem';
import type { Product, ProductData } from '@/lib/api/types';
import { sendOnce } from '@/lib/idempotency/send';

/** A product to edit, and its version for `If-Match`. */
export type EditedProduct = { product: Product; etag: string | null };

async function read(id: number, signal?: AbortSignal): Promise<EditedProduct> {
  let etag: string | null = null;
  const request = api.GET('/api/products/{id}', { params: { path: { id } }, cache: 'no-store', ...(signal && { signal }) });
  const product = await unwrap(request.then((result) => ((etag = result.response.headers.get('etag')), result)));
  return { product, etag };
}

export function editedProductQuery(id: number) {
  return queryOptions({
    queryKey: ['admin', 'product', id],
    queryFn: ({ signal }) => read(id, signal),
    // A form uses it: a refetch must not replace what the user has typed.
    staleTime: Infinity,
    gcTime: 0,
  });
}

/** Creates one product, even if it is submitted twice or resent after a lost response. */
export function createProductOnce(data: ProductData): Promise<Product> {
  return sendOnce(NEW_PRODUCT_SUBJECT, data, createProduct);
}

/** One attempt at a time: the outcome of the last new product must be known before the next one is sent. */
export const NEW_PRODUCT_SUBJECT = 'product';

export function createProduct(key: string, body: ProductData): Promise<Product> {
  return unwrap(api.POST('/api/products', { params: { header: { 'Idempotency-Key': key } }, body }));
}

/** How often a concurrent stock or rating change may interfere. */
const MAX_ATTEMPTS = 4;

/**
 * Saves a product over the version that was edited. The version also covers stock and rating, which change
 * often: if only those have changed, it is saved over the newer version.
 */
export async function saveProduct({ product, etag }: EditedProduct, data: ProductData): Promise<Product> {
  const { id, updatedAt } = product;
  let version = etag;
  for (let attempt = 1; ; attempt++) {
    try {
      return await unwrap(
        api.PUT('/api/products/{id}', {
          params: { path: { id }, ...(version !== null && { header: { 'If-Match': version } }) },
          body: data,
        }),
      );
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'stale' || attempt === MAX_ATTEMPTS) throw error;
      const latest = await read(id);
      if (latest.product.updatedAt !== updatedAt) throw error;
      version = latest.etag;
    }
  }
}
