import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';

/** @typedef {import('../../mutations/list.mjs').Mutation} Mutation */

/** What a build and the units are made of. */
const PARTS = ['src', 'public', 'index.html', 'vite.config.ts', 'package.json', 'tsconfig.json', 'tsconfig.app.json', 'tsconfig.tools.json'];
/** How long the copy may take to be served. */
const SERVED_MS = 30_000;

/**
 * The file that a fault goes into, and its text with the fault. Throws where the text is not there once.
 *
 * @param {Mutation} mutation
 */
export function mutated({ what, in: place, search, replace }) {
  const words = search.trim().split(/\s+/).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(words.join('\\s+'), 'g');
  const files = place.endsWith('/') ? sourcesIn(place) : [place];
  const found = files.flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    return [...text.matchAll(pattern)].map((match) => ({ file, text, at: match.index, length: match[0].length }));
  });
  const [first, ...others] = found;
  if (!first || others.length > 0) throw new Error(`mutation “${what}”: its text is ${found.length} times in ${place}, not once: ${search}`);
  return { file: first.file, text: first.text.slice(0, first.at) + replace + first.text.slice(first.at + first.length) };
}

/** @param {string} folder */
function sourcesIn(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !name.includes('.test.'))
    .map((name) => join(folder, name));
}

/** A copy of the sources that faults are put into, built and served beside the real one. */
export class Copy {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #server;
  /** @type {string | undefined} */
  #url;

  /** @param {string} folder */
  constructor(folder) {
    this.folder = resolve(folder);
  }

  clean() {
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(this.folder, { recursive: true });
    for (const part of PARTS) cpSync(part, join(this.folder, part), { recursive: true });
    symlinkSync(resolve('node_modules'), join(this.folder, 'node_modules'));
  }

  /** @param {Mutation} mutation */
  put(mutation) {
    const { file, text } = mutated(mutation);
    writeFileSync(join(this.folder, file), text);
  }

  /** @param {Mutation} mutation */
  take(mutation) {
    const { file } = mutated(mutation);
    cpSync(file, join(this.folder, file));
  }

  /** Throws where the fault is one that no build lets through: then no test has caught it. */
  build() {
    const { status, stderr, stdout } = spawnSync('npx', ['--no-install', 'vite', 'build', '--logLevel', 'error'], { cwd: this.folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(`the copy cannot be built:\n${stdout}${stderr}`);
  }

  /** Where the copy is served, in front of the shop's API. It reads its files anew with each request. */
  async url() {
    if (this.#url !== undefined) return this.#url;
    const port = await freePort();
    const args = ['--no-install', 'vite', 'preview', '--port', String(port), '--strictPort'];
    this.#server = spawn('npx', args, { cwd: this.folder, stdio: 'ignore', detached: true });
    const url = `http://127.0.0.1:${port}`;
    for (const until = Date.now() + SERVED_MS; ; ) {
      const answer = await fetch(url).catch(() => undefined);
      if (answer?.ok) break;
      if (Date.now() > until) throw new Error(`the copy is not served at ${url}`);
      await new Promise((again) => setTimeout(again, 100));
    }
    return (this.#url = url);
  }

  end() {
    // npx and what it started: a group of their own.
    if (this.#server?.pid !== undefined) process.kill(-this.#server.pid, 'SIGTERM');
    this.#server = undefined;
  }
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((take, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address !== null && typeof address === 'object' ? take(address.port) : fail(new Error('no free port'))));
    });
  });
}
