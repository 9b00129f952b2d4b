/** The largest id that the API accepts: a 32-bit integer. */
const MAX_ID = 2_147_483_647;

/** An id in a URL or a form field. */
export function parseId(text: string | null | undefined): number | undefined {
  const id = Number(text);
  return /^[1-9]\d*$/.test(text ?? '') && id <= MAX_ID ? id : undefined;
}
