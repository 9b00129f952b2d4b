import { type ApiResult, unwrap } from '@/lib/api/client';

/** What a form edits, and its version for `If-Match`. */
export type Versioned<T> = { value: T; etag: string | null };

/** The body of a successful response with its ETag. */
export async function unwrapVersioned<T>(request: Promise<ApiResult<T>>): Promise<Versioned<T>> {
  let etag: string | null = null;
  const value = await unwrap(request.then((result) => ((etag = result.response.headers.get('etag')), result)));
  return { value, etag };
}

/** The header of a write that must not overwrite a newer version. */
export function ifMatch(etag: string | null): { header?: { 'If-Match': string } } {
  return etag === null ? {} : { header: { 'If-Match': etag } };
}
