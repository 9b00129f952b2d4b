import createClient from 'openapi-fetch';
import { endedElsewhere, isWaiting, session } from '../session';
import { isRead } from './deadline';
import { patiently } from './patience';
import { asProblem, Problem, problemOf, unanswered } from './problem';
import type { paths } from './schema.gen';

/** Routes that are for people without a session: a token there would only be in the way. */
const WITHOUT_TOKEN = ['/api/users/login', '/api/users/signup'];

/** The API, typed by docs/openapi.json. `ok`, `done` and `page` turn its answers into values. */
export const api = createClient<paths>({ baseUrl: '/', fetch: send });

const SOMEBODY_ELSE = { code: 'unauthenticated', message: 'Nothing was sent because a different user is now logged in.' };

/** The answers of requests that change something: what became of such a one may stay unknown. */
const ofWrites = new WeakSet<Response>();

async function send(request: Request): Promise<Response> {
  try {
    const response = await (isForNobody(request) ? patiently(request) : sendAsUser(request));
    if (!isRead(request)) ofWrites.add(response);
    return response;
  } catch (error) {
    throw unanswered(error, !isRead(request));
  }
}

function isForNobody(request: Request): boolean {
  return request.headers.has('authorization') || WITHOUT_TOKEN.includes(new URL(request.url).pathname);
}

/** With the token of who is logged in. While they are asked to log in again, nothing is sent without them. */
async function sendAsUser(request: Request): Promise<Response> {
  const asked = session.get().who?.id;
  await sessionIsKnown(request.signal);
  const { token, who } = session.get();
  // What one person has decided does not go out in the name of another who logged in meanwhile.
  if (asked !== undefined && who?.id !== asked && !isRead(request)) throw new Problem(401, SOMEBODY_ELSE);
  if (token === null) return patiently(request);
  request.headers.set('authorization', `Bearer ${token}`);
  const response = await patiently(request);
  if (response.status !== 401) return response;
  endedElsewhere(token);
  // A write is theirs to send again, when they have seen the page anew. A read has nothing to decide.
  return isRead(request) && isWaiting(session.get()) ? sendAsUser(request) : response;
}

/** Waits while somebody is asked to log in again. */
function sessionIsKnown(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (isWaiting(session.get()) && !signal.aborted) return;
      stopListening();
      signal.removeEventListener('abort', look);
      if (signal.aborted) reject(signal.reason as Error);
      else resolve();
    };
    const stopListening = session.listen(look);
    signal.addEventListener('abort', look);
    look();
  });
}

type Answer<T> = { data?: T; error?: unknown; response: Response };

async function received<T>(asked: Promise<Answer<T>>): Promise<Answer<T>> {
  const answer = await asked.catch((error: unknown) => {
    // TanStack Query wants to see an abort as it is.
    throw error instanceof DOMException ? error : asProblem(error);
  });
  if (!answer.response.ok) throw problemOf(answer.response, answer.error, ofWrites.has(answer.response));
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
