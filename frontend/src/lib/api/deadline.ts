/** The API's slowest read takes about a second. */
export const READ_SECONDS = 10;
/** Longer than the API's functions may run: they time out after 15 seconds (template.yaml). */
export const WRITE_SECONDS = 20;

/** There was no response within the deadline. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut';
}

/** A `POST` that changes nothing: its body does not fit into a URL. */
const READING_POST = '/api/orders/quote';

/** Whether a request has no side effects. */
export function isRead({ method, url }: { method: string; url: string }): boolean {
  return method === 'GET' || method === 'HEAD' || (method === 'POST' && new URL(url).pathname === READING_POST);
}

type SendRequest = (request: Request, signal: AbortSignal) => Promise<Response>;

const browserFetch: SendRequest = (request, signal) => fetch(request, { signal });

/** Sends a request, and throws `TimedOut` unless the complete response arrives in time. */
export async function sendWithDeadline(request: Request, send: SendRequest = browserFetch): Promise<Response> {
  const deadline = new AbortController();
  const seconds = isRead(request) ? READ_SECONDS : WRITE_SECONDS;
  const timer = setTimeout(() => deadline.abort(new TimedOut(`no response within ${seconds} seconds`)), seconds * 1000);
  try {
    const response = await send(request, AbortSignal.any([request.signal, deadline.signal]));
    // The response may stop in the middle, so wait for the whole body.
    await response.clone().arrayBuffer();
    return response;
  } catch (error) {
    throw deadline.signal.aborted ? deadline.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}
