import createClient from 'openapi-fetch';
import { endedElsewhere, session } from '../session';
import { patiently } from './patience';
import { asProblem, problemOf } from './problem';
import type { paths } from './schema.gen';

/** Routes that are for people without a session: a token there would only be in the way. */
const WITHOUT_TOKEN = ['/api/users/login', '/api/users/signup'];

/** The API, typed by docs/openapi.json. `ok`, `done` and `page` turn its answers into values. */
export const api = createClient<paths>({ baseUrl: '/', fetch: send });

async function send(request: Request): Promise<Response> {
  const { token } = session.get();
  if (token === null || WITHOUT_TOKEN.includes(new URL(request.url).pathname)) return patiently(request);
  request.headers.set('authorization', `Bearer ${token}`);
  const response = await patiently(request);
  if (response.status === 401) endedElsewhere(token);
  return response;
}

type Answer<T> = { data?: T; error?: unknown; response: Response };

async function received<T>(asked: Promise<Answer<T>>): Promise<Answer<T>> {
  const answer = await asked.catch((error: unknown) => {
    // TanStack Query wants to see an abort as it is.
    throw error instanceof DOMException ? error : asProblem(error);
  });
  if (!answer.response.ok) throw problemOf(answer.response, answer.error);
  return answer;
}

/** The body of a success; anything else is thrown as a `Problem`. */
export async function ok<T>(asked: Promise<Answer<T>>): Promise<T> {
  const { data } = await received(asked);
  if (data === undefined) throw asProblem(undefined);
  return data;
}

/** For answers without a body. */
export async function done(asked: Promise<Answer<unknown>>): Promise<void> {
  await received(asked);
}

/** A page of a list, and where the next one begins. */
export type Page<T> = { items: T[]; next: string | undefined };

export async function page<T>(asked: Promise<Answer<T[]>>): Promise<Page<T>> {
  const { data, response } = await received(asked);
  return { items: data ?? [], next: nextCursor(response.headers.get('link')) };
}

/** The cursor in `Link: </api/products?limit=2&cursor=abc>; rel="next"`. */
export function nextCursor(link: string | null): string | undefined {
  const next = link?.split(/,\s*(?=<)/).find((one) => /;\s*rel="?next"?/.test(one));
  const target = next && /<([^>]*)>/.exec(next)?.[1];
  return target ? (new URL(target, 'http://here').searchParams.get('cursor') ?? undefined) : undefined;
}
