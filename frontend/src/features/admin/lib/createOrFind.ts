import { Problem } from '@/lib/api/problem';

/**
 * Adds something that can be added only once, such as a code. If the response is lost, looks up whether it was
 * added: `find` is its list's entry, if there is one.
 */
export async function createOrFind<T>(create: () => Promise<T>, find: () => Promise<T | undefined>): Promise<T> {
  try {
    return await create();
  } catch (error) {
    if (!(error instanceof Problem) || !error.outcomeUnknown) throw error;
    const found = await find().catch(() => undefined);
    if (found === undefined) throw error;
    return found;
  }
}
