import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';

/** @typedef {import('../../mutations/list.mjs').Mutation} Mutation */

/** What a build and the unit tests need. */
const PARTS = ['src', 'public', 'index.html', 'vite.config.ts', 'package.json', 'tsconfig.json', 'tsconfig.app.json', 'tsconfig.tools.json'];
/** How long the copy's server may take to start. */
const START_MS = 30_000;

/**
 * The file that a fault changes, and its text with the fault. Throws unless the text occurs exactly once.
 *
 * @param {Mutation} mutation
 */
export function mutated({ what, in: location, search, replace }) {
  const words = search.trim().split(/\s+/).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(words.join('\\s+'), 'g');
  const files = location.endsWith('/') ? sourcesIn(location) : [location];
  const found = files.flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    return [...text.matchAll(pattern)].map((match) => ({ file, text, at: match.index, length: match[0].length }));
  });
  const [first, ...others] = found;
  if (!first || others.length > 0) throw new Error(`mutation “${what}”: its text occurs ${found.length} times in ${location}, not once: ${search}`);
  return { file: first.file, text: first.text.slice(0, first.at) + replace + first.text.slice(first.at + first.length) };
}

/** @param {string} folder */
function sourcesIn(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !name.includes('.test.'))
    .map((name) => join(folder, name));
}

/** A copy of the sources that faults are applied to, built and served separately. */
export class Copy {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #server;
  /** @type {string | undefined} */
  #url;

  /** @param {string} folder */
  constructor(folder) {
    this.folder = resolve(folder);
  }

  create() {
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(this.folder, { recursive: true });
    for (const part of PARTS) cpSync(part, join(this.folder, part), { recursive: true });
    symlinkSync(resolve('node_modules'), join(this.folder, 'node_modules'));
  }

  /** @param {Mutation} mutation */
  apply(mutation) {
    const { file, text } = mutated(mutation);
    writeFileSync(join(this.folder, file), text);
  }

  /** @param {Mutation} mutation */
  revert(mutation) {
    const { file } = mutated(mutation);
    cpSync(file, join(this.folder, file));
  }

  /** Throws if the fault breaks the build: then no test has detected it. */
  build() {
    const { status, stderr, stdout } = spawnSync('npx', ['--no-install', 'vite', 'build', '--logLevel', 'error'], { cwd: this.folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(`the copy cannot be built:\n${stdout}${stderr}`);
  }

  /** The URL of the copy's server, which proxies to the shop's API and reads its files on each request. */
  async url() {
    if (this.#url !== undefined) return this.#url;
    const port = await freePort();
    const args = ['--no-install', 'vite', 'preview', '--port', String(port), '--strictPort'];
    this.#server = spawn('npx', args, { cwd: this.folder, stdio: 'ignore', detached: true });
    const url = `http://127.0.0.1:${port}`;
    for (const until = Date.now() + START_MS; ; ) {
      const response = await fetch(url).catch(() => undefined);
      if (response?.ok) break;
      if (Date.now() > until) throw new Error(`the copy's server did not start at ${url}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return (this.#url = url);
  }

  stop() {
    // A process group: npx and its children.
    if (this.#server?.pid !== undefined) process.kill(-this.#server.pid, 'SIGTERM');
    this.#server = undefined;
  }
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no free port'))));
    });
  });
}
