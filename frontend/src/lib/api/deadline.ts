/** A read that takes longer than this will not come: the shop's slowest one takes a second. */
export const READ_SECONDS = 10;
/** A write is waited for longer than the shop itself works on one: its functions end after 15 seconds (template.yaml). */
export const WRITE_SECONDS = 20;

/** The shop was silent for as long as we wait. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut';
}

/** Whether a request changes nothing, so that one without an answer has done nothing. */
export function isRead({ method }: { method: string }): boolean {
  return method === 'GET' || method === 'HEAD';
}

type SendRequest = (request: Request, signal: AbortSignal) => Promise<Response>;

const browserFetch: SendRequest = (request, signal) => fetch(request, { signal });

/** Sends a request, and gives it up where its answer, body and all, is not there in time. */
export async function sendWithDeadline(request: Request, send: SendRequest = browserFetch): Promise<Response> {
  const deadline = new AbortController();
  const seconds = isRead(request) ? READ_SECONDS : WRITE_SECONDS;
  const timer = setTimeout(() => deadline.abort(new TimedOut(`no answer within ${seconds} seconds`)), seconds * 1000);
  try {
    const response = await send(request, AbortSignal.any([request.signal, deadline.signal]));
    // An answer may begin in time and stop in the middle: what is handed on is there as a whole.
    await response.clone().arrayBuffer();
    return response;
  } catch (error) {
    throw deadline.signal.aborted ? deadline.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}
