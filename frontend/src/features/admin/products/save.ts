import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '@/lib/api/client';
import { Problem } from '@/lib/api/problem';
import type { Product, ProductData } from '@/lib/api/types';
import { sendOnce } from '@/lib/idempotency/send';

/** A product as it is to be edited, and the version that a change must still find. */
export type EditedProduct = { product: Product; etag: string | null };

async function read(id: number, signal?: AbortSignal): Promise<EditedProduct> {
  let etag: string | null = null;
  const asked = api.GET('/api/products/{id}', { params: { path: { id } }, cache: 'no-store', ...(signal && { signal }) });
  const product = await unwrap(asked.then((answer) => ((etag = answer.response.headers.get('etag')), answer)));
  return { product, etag };
}

export function editedProductQuery(id: number) {
  return queryOptions({
    queryKey: ['admin', 'product', id],
    queryFn: ({ signal }) => read(id, signal),
    // A form stands on it: what somebody types is not replaced under their hands.
    staleTime: Infinity,
    gcTime: 0,
  });
}

/** Adds a product, once: pressed twice, or sent again after a lost answer, it is one product. */
export function createProductOnce(data: ProductData): Promise<Product> {
  return sendOnce(NEW_PRODUCT_SUBJECT, data, createProduct);
}

/** One new product after the other: whether one with other words is already there is found out first. */
export const NEW_PRODUCT_SUBJECT = 'product';

export function createProduct(key: string, body: ProductData): Promise<Product> {
  return unwrap(api.POST('/api/products', { params: { header: { 'Idempotency-Key': key } }, body }));
}

/** How often a purchase may come between reading and writing before we give up. */
const MAX_ATTEMPTS = 4;

/**
 * Writes a product over the version that was edited. The version covers stock and rating, too, which
 * others move all the time: as long as the product's own data is the same, the newer version is taken.
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
      const now = await read(id);
      if (now.product.updatedAt !== updatedAt) throw error;
      version = now.etag;
    }
  }
}
