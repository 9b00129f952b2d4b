// Writes a brotli and a gzip form next to each text file of the build, for the local server. CloudFront
// compresses by itself (infra/site.yaml), so scripts/deploy.sh leaves them out. Run last.
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { dist, read } from './manifest.mjs';

const TEXT = /\.(html|js|css|svg|json)$/;
/** Below this a compressed file takes as many packets. */
const LEAST_BYTES = 512;

const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) => !name.startsWith('.vite'));
for (const old of files.filter((name) => /\.(br|gz)$/.test(name))) rmSync(new URL(old, dist));
for (const name of files.filter((one) => TEXT.test(one))) {
  const plain = read(name);
  if (plain.length < LEAST_BYTES) continue;
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length };
  writeFileSync(new URL(`${name}.br`, dist), brotliCompressSync(plain, { params }));
  writeFileSync(new URL(`${name}.gz`, dist), gzipSync(plain, { level: constants.Z_BEST_COMPRESSION }));
}
