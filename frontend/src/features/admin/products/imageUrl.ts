/** Whether an address may be a product's picture: `http(s)` or a path of this shop, as the API has it. */
export function isImageUrl(address: string): boolean {
  if (/^\/(?![/\\])/.test(address)) return true;
  return /^https?:\/\/[^/]/i.test(address) && URL.canParse(address);
}
