import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const site = read('infra/site.yaml');
/** Joins Rust string lines that end with a backslash. */
const local = read('tools/local/src/shop/storefront.rs').replace(/\\\n\s*/g, '');

/** A header as set by CloudFront, and by the local server. */
function customHeader(name: string): [string | undefined, string | undefined] {
  const inAws = new RegExp(`Header: ${name}, Value: '?([^'}]*?)'?, Override: true`).exec(site)?.[1];
  const constant = new RegExp(`insert\\("${name.toLowerCase()}", (\\w+)\\)`).exec(local)?.[1];
  return [inAws, constant === undefined ? undefined : new RegExp(`${constant}: HeaderValue =\\s*HeaderValue::from_static\\("([^"]*)"\\)`).exec(local)?.[1]];
}

describe('the response headers of the storefront', () => {
  it.each([
    ['Cross-Origin-Opener-Policy', 'same-origin'],
    ['Permissions-Policy', 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()'],
  ])('%s is the same in AWS and on the local server', (name, value) => {
    expect(customHeader(name)).toEqual([value, value]);
  });

  it('the CSP is the same, except that local product images may use plain http', () => {
    const inAws = /ContentSecurityPolicy: "([^"]*)"/.exec(site)?.[1];
    const locally = /STOREFRONT_CSP: &str = "([^"]*)"/.exec(local)?.[1];
    expect(locally?.replace(' http: ', ' ')).toBe(inAws);
    expect(inAws).toContain("default-src 'self'");
  });
});
