import { asProblem } from './api/problem';
import { keyFor, settle, settles } from './attempts';

/** Sends a wish under its key; the same wish again is the same request again, until it is answered. */
export async function once<T>(wish: string, send: (key: string) => Promise<T>): Promise<T> {
  try {
    const answer = await send(keyFor(wish));
    settle(wish);
    return answer;
  } catch (error) {
    const problem = asProblem(error);
    if (settles(problem)) settle(wish);
    throw problem;
  }
}
