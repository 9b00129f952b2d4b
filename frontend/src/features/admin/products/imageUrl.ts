/** Whether the API accepts a URL as a product's image: `http(s)`, or a path in this shop. */
export function isImageUrl(address: string): boolean {
  if (/^\/(?![/\\])/.test(address)) return true;
  return /^https?:\/\/[^/]/i.test(address) && URL.canParse(address);
}
