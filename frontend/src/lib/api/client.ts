import createClient from 'openapi-fetch';
import { awaitsLogin, expireSession, session } from '../session';
import { isRead } from './deadline';
import { noResponseProblem, Problem, problemFromResponse, toProblem } from './problem';
import { sendWithRetry } from './retry';
import type { paths } from './schema.gen';

/** Routes for visitors without a session: no token is sent. */
const ANONYMOUS_ROUTES = ['/api/users/login', '/api/users/signup', '/api/users/guest', '/api/users/verify'];

/** The API client, typed by docs/openapi.json. `unwrap`, `expectSuccess` and `unwrapPage` handle its responses. */
export const api = createClient<paths>({ baseUrl: '/', fetch: send });

const USER_CHANGED = { code: 'unauthenticated', message: 'Nothing was sent because a different user is now logged in.' };

/** The responses to writes, whose outcome may stay unknown. */
const writeResponses = new WeakSet<Response>();

async function send(request: Request): Promise<Response> {
  try {
    const response = await (isAnonymous(request) ? sendWithRetry(request) : sendAsUser(request));
    if (!isRead(request)) writeResponses.add(response);
    return response;
  } catch (error) {
    throw noResponseProblem(error, !isRead(request));
  }
}

/** The key of an order's link replaces a session. */
function isAnonymous(request: Request): boolean {
  const { pathname, searchParams } = new URL(request.url);
  return request.headers.has('authorization') || searchParams.has('key') || ANONYMOUS_ROUTES.includes(pathname);
}

/** Sends the session's token. While the user is asked to log in again, requests wait. */
async function sendAsUser(request: Request): Promise<Response> {
  const userId = session.get().user?.id;
  await loginResolved(request.signal);
  const { token, user } = session.get();
  // A write of one user must not be sent with the session of another who has logged in since.
  if (userId !== undefined && user?.id !== userId && !isRead(request)) throw new Problem(401, USER_CHANGED);
  if (token === null) return sendWithRetry(request);
  request.headers.set('authorization', `Bearer ${token}`);
  const response = await sendWithRetry(request);
  if (response.status !== 401) return response;
  expireSession(token);
  // Only reads are sent again after the login; the user decides about writes.
  return isRead(request) && awaitsLogin(session.get()) ? sendAsUser(request) : response;
}

/** Resolves when the user has logged in again or declined. */
function loginResolved(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const check = () => {
      if (awaitsLogin(session.get()) && !signal.aborted) return;
      unsubscribe();
      signal.removeEventListener('abort', check);
      if (signal.aborted) reject(signal.reason as Error);
      else resolve();
    };
    const unsubscribe = session.subscribe(check);
    signal.addEventListener('abort', check);
    check();
  });
}

export type ApiResult<T> = { data?: T; error?: unknown; response: Response };

async function requireSuccess<T>(request: Promise<ApiResult<T>>): Promise<ApiResult<T>> {
  const result = await request.catch((error: unknown) => {
    // TanStack Query expects aborts unchanged.
    throw error instanceof DOMException ? error : toProblem(error);
  });
  if (!result.response.ok) throw problemFromResponse(result.response, result.error, writeResponses.has(result.response));
  return result;
}

/** The body of a successful response. Throws a `Problem` otherwise. */
export async function unwrap<T>(request: Promise<ApiResult<T>>): Promise<T> {
  const { data } = await requireSuccess(request);
  if (data === undefined) throw toProblem(undefined);
  return data;
}

/** For responses without a body. */
export async function expectSuccess(request: Promise<ApiResult<unknown>>): Promise<void> {
  await requireSuccess(request);
}

/** A page of a list, with the cursor of the next one. */
export type Page<T> = { items: T[]; next: string | undefined };

export async function unwrapPage<T>(request: Promise<ApiResult<T[]>>): Promise<Page<T>> {
  const { data, response } = await requireSuccess(request);
  return { items: data ?? [], next: nextCursor(response.headers.get('link')) };
}

/** So many empty pages are followed by themselves; a person can ask for more. */
const MAX_EMPTY_PAGES = 10;

/** The first page from `cursor` on that is not empty: a search may have to pass many products before it finds one. */
export async function firstFilledPage<T>(cursor: string, load: (cursor: string) => Promise<Page<T>>): Promise<Page<T>> {
  let page = await load(cursor);
  for (let passed = 0; page.items.length === 0 && page.next && passed < MAX_EMPTY_PAGES; passed++) {
    page = await load(page.next);
  }
  return page;
}

/** The cursor in `Link: </api/products?limit=2&cursor=abc>; rel="next"`. */
export function nextCursor(link: string | null): string | undefined {
  const next = link?.split(/,\s*(?=<)/).find((one) => /;\s*rel="?next"?/.test(one));
  const target = next && /<([^>]*)>/.exec(next)?.[1];
  return target ? (new URL(target, 'http://here').searchParams.get('cursor') ?? undefined) : undefined;
}
