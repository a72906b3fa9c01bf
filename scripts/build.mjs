// Builds dist/.   node scripts/build.mjs [--node-only] [--if-stale]
// Nothing goes to stdout: the command line runs this first, and stdout belongs to it.
import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  hasPage,
  hasPreload,
  missingNodeSources,
  missingPageSources,
  presentNodeEntries,
  programs,
  root,
  sources,
} from './entries.mjs';

const dist = join(root, 'dist');
const say = (line) => process.stderr.write(`${line}\n`);

/** A digest of name, size and time of every file the part is made from. */
function stateOf(part) {
  const hash = createHash('sha256');
  const visit = (path) => {
    const at = join(root, path);
    const stat = statSync(at, { throwIfNoEntry: false });
    if (stat === undefined) return;
    if (stat.isDirectory()) {
      for (const name of readdirSync(at).sort()) {
        if (name === 'testdata' || name === 'testing' || name === 'node_modules' || name.startsWith('.')) continue;
        visit(`${path}/${name}`);
      }
    } else if (!/\.test\.tsx?$|\.md$/.test(path)) {
      hash.update(`${path}\0${stat.size}\0${stat.mtimeMs}\n`);
    }
  };
  for (const path of sources[part]) visit(path);
  return hash.digest('hex');
}

const stampFile = (part) => join(dist, `.${part}.stamp`);

export function isStale(part) {
  try {
    return readFileSync(stampFile(part), 'utf8') !== stateOf(part);
  } catch {
    return true;
  }
}

const alive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};

/** One build at a time in a checkout. A lock whose owner is gone is taken over. */
async function withLock(work) {
  mkdirSync(dist, { recursive: true });
  const path = join(dist, '.lock');
  for (let told = false; ; ) {
    try {
      const fd = openSync(path, 'wx');
      writeSync(fd, String(process.pid));
      closeSync(fd);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat === undefined) continue;
      let owner;
      try {
        owner = Number(readFileSync(path, 'utf8'));
      } catch {
        continue;
      }
      const abandoned = owner > 0 ? !alive(owner) : Date.now() - stat.mtimeMs > 10_000;
      if (abandoned) {
        // Two waiters may both see it: only the one whose rename succeeds removed this very lock.
        const aside = `${path}.${randomUUID()}`;
        try {
          renameSync(path, aside);
          unlinkSync(aside);
        } catch {
          // the other waiter was first
        }
        continue;
      }
      if (!told && process.stderr.isTTY) say('waiting for another build of this checkout');
      told = true;
      await sleep(100);
    }
  }
  const release = () => rmSync(path, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    release();
    process.off('exit', release);
  }
}

function* filesUnder(folder, prefix = '') {
  for (const entry of readdirSync(join(folder, prefix), { withFileTypes: true })) {
    const name = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory()) yield* filesUnder(folder, name);
    else yield name;
  }
}

/** Moves a finished build into dist/: chunks before the entries that name them, so a program starting now finds both. */
function publish(from) {
  const fresh = new Set(filesUnder(from));
  const chunksFirst = [...fresh].sort((a, b) => Number(b.startsWith('chunks/')) - Number(a.startsWith('chunks/')));
  for (const name of chunksFirst) {
    mkdirSync(dirname(join(dist, name)), { recursive: true });
    renameSync(join(from, name), join(dist, name));
  }
  // Chunks of earlier builds stay for a while: a program started from them may still load one.
  const chunks = join(dist, 'chunks');
  if (existsSync(chunks)) {
    for (const name of readdirSync(chunks)) {
      const old = Date.now() - statSync(join(chunks, name)).mtimeMs > 3_600_000;
      if (old && !fresh.has(`chunks/${name}`)) rmSync(join(chunks, name), { force: true });
    }
  }
}

async function viteBuild(config, outDir) {
  const { build } = await import('vite');
  await build({ configFile: join(root, config), build: { outDir } });
}

async function buildNode() {
  const state = stateOf('node');
  const out = join(dist, `.build-${process.pid}`);
  try {
    if (Object.keys(presentNodeEntries()).length > 0) await viteBuild('vite.node.config.ts', out);
    if (hasPreload()) await viteBuild('vite.preload.config.ts', out);
    for (const source of missingNodeSources()) say(`build: ${source} does not exist yet, left out`);
    if (!existsSync(out)) return;
    for (const name of programs) if (existsSync(join(out, `${name}.js`))) chmodSync(join(out, `${name}.js`), 0o755);
    publish(out);
    writeFileSync(stampFile('node'), state);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

async function buildPage() {
  const state = stateOf('page');
  for (const source of missingPageSources()) say(`build: ${source} does not exist yet, left out`);
  if (!hasPage()) return;
  const out = join(dist, `.page-${process.pid}`);
  const target = join(dist, 'renderer');
  const old = join(dist, `.old-page-${process.pid}`);
  try {
    await viteBuild('vite.page.config.ts', out);
    if (existsSync(target)) renameSync(target, old);
    renameSync(out, target);
    writeFileSync(stampFile('page'), state);
  } finally {
    rmSync(out, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
}

/** Runs this file in a process of its own, so that the bundler's memory and threads go when it is done. */
export function buildIfStale({ nodeOnly }) {
  const parts = nodeOnly ? ['node'] : ['node', 'page'];
  if (!parts.some(isStale)) return Promise.resolve(0);
  const args = [fileURLToPath(import.meta.url), '--if-stale', ...(nodeOnly ? ['--node-only'] : [])];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const flags = new Set(process.argv.slice(2));
  const known = ['--node-only', '--if-stale'];
  const unknown = [...flags].filter((flag) => !known.includes(flag));
  if (unknown.length > 0) {
    say(`build: unknown ${unknown.join(' ')}; known: ${known.join(' ')}`);
    process.exit(2);
  }
  const wanted = (part) => !flags.has('--if-stale') || isStale(part);
  const parts = flags.has('--node-only') ? ['node'] : ['node', 'page'];
  if (parts.some(wanted)) {
    await withLock(async () => {
      if (parts.includes('node') && wanted('node')) await buildNode();
      if (parts.includes('page') && wanted('page')) await buildPage();
    });
  }
}
