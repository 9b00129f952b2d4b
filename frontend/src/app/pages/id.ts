const MOST = 2_147_483_647;

/** An id of a row in a URL; what is none names nothing. */
export function idOf(text: string | undefined): number | undefined {
  const id = Number(text);
  return /^[1-9]\d*$/.test(text ?? '') && id <= MOST ? id : undefined;
}
