import type { ByteSink } from '../io/sink.ts';
import type { ByteSource, Signal } from '../io/source.ts';
import type { Plan } from '../plans/plan.ts';
import type { ApplyEnvironment } from './environment.ts';
import { extentBytes, type TouchedExtent } from './extents.ts';
import { HEAD, JOURNAL_MARK, STATE, UNDO } from './journal-name.ts';

/** Bytes of a target as they were before the operation. */
export interface UndoImage {
  file: string;
  at: number;
  length: number;
  /** Where they stand in the journal's `undo.bin`. */
  undoAt: number;
  sha256: string;
}

/** What a file was before the operation. */
export interface FileBefore {
  file: string;
  identity: string;
  size: number;
  modifiedNs: string;
}

export interface JournalHead {
  schema: 'platter.journal/1';
  operation: string;
  created: string;
  who: string;
  plan: Plan;
  before: FileBefore[];
  undo: UndoImage[];
}

export type JournalState = 'preparing' | 'prepared' | 'applied' | 'rolled-back';

/** A journal on disk: undo images made durable before the first byte of a target changes. */
export interface Journal {
  folder: string;
  head: JournalHead;
  state: JournalState;
}

const CHUNK = 4 * 1024 * 1024;

/**
 * Writes a journal: undo images first, then what they are, then the word `prepared`, each durable before the next.
 * Whatever interrupts it, the targets are untouched.
 */
export async function writeJournal(
  env: ApplyEnvironment,
  folder: string,
  head: Omit<JournalHead, 'undo'>,
  touched: readonly TouchedExtent[],
  sources: ReadonlyMap<string, ByteSource>,
  signal?: Signal,
): Promise<Journal> {
  const { files } = env;
  await files.makeFolder(folder);
  const undo: UndoImage[] = [];
  const bin = await files.create(files.resolve(folder, UNDO));
  try {
    let undoAt = 0;
    let start = 0;
    let hasher = files.hasher();
    const gathered = new Gathered(bin);
    for await (const { extent, bytes, last } of extentBytes(touched, sources, signal)) {
      hasher.update(bytes);
      await gathered.add(bytes);
      undoAt += bytes.length;
      if (!last) continue;
      undo.push({ ...extent, undoAt: start, sha256: hasher.digest() });
      hasher = files.hasher();
      start = undoAt;
    }
    await gathered.end();
    await bin.sync();
  } finally {
    await bin.close();
  }
  const full: JournalHead = { ...head, undo };
  await writeText(env, files.resolve(folder, HEAD), `${JSON.stringify(full)}\n`);
  await files.syncFolder(folder);
  await files.syncFolder(files.folderOf(folder));
  await writeText(env, files.resolve(folder, STATE), 'prepared\n');
  await files.syncFolder(folder);
  return { folder, head: full, state: 'prepared' };
}

/** Writes small pieces as large ones. */
class Gathered {
  readonly #sink: ByteSink;
  readonly #held = new Uint8Array(CHUNK);
  #length = 0;
  #at = 0;

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  async add(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const part = bytes.subarray(done, done + CHUNK - this.#length);
      this.#held.set(part, this.#length);
      this.#length += part.length;
      done += part.length;
      if (this.#length === CHUNK) await this.end();
    }
  }

  async end(): Promise<void> {
    if (this.#length === 0) return;
    await this.#sink.write(this.#at, this.#held.subarray(0, this.#length));
    this.#at += this.#length;
    this.#length = 0;
  }
}

async function writeText(env: ApplyEnvironment, path: string, text: string): Promise<void> {
  const sink = await env.files.create(path);
  try {
    await sink.write(0, new TextEncoder().encode(text));
    await sink.sync();
  } finally {
    await sink.close();
  }
}

/** Adds a word to the journal's state, durably. */
export async function markJournal(env: ApplyEnvironment, journal: Journal, state: JournalState): Promise<void> {
  const sink = await env.files.openForAppending(env.files.resolve(journal.folder, STATE));
  try {
    // a word torn by a crash ends where it is: the new one starts a line of its own
    const [last] = sink.size > 0 ? await sink.read(sink.size - 1, 1) : [10];
    await sink.write(sink.size, new TextEncoder().encode(`${last === 10 ? '' : '\n'}${state}\n`));
    await sink.sync();
  } finally {
    await sink.close();
  }
  journal.state = state;
}

/** Reads a journal; one that was not finished being written has the state `preparing` and null for a head it lacks. */
export async function readJournal(
  env: ApplyEnvironment,
  folder: string,
): Promise<Journal | { folder: string; head: null; state: 'preparing' }> {
  const { files } = env;
  const headText = await readText(env, files.resolve(folder, HEAD));
  const stateText = await readText(env, files.resolve(folder, STATE));
  let head: JournalHead | null = null;
  try {
    head = headText === null ? null : (JSON.parse(headText) as JournalHead);
  } catch {
    // half a head: the targets were not touched yet
  }
  const words = (stateText ?? '').split('\n').slice(0, -1).filter(isState);
  const state = words[words.length - 1];
  if (head === null || state === undefined) return { folder, head: null, state: 'preparing' };
  return { folder, head, state };
}

function isState(word: string): word is JournalState {
  return word === 'prepared' || word === 'applied' || word === 'rolled-back';
}

async function readText(env: ApplyEnvironment, path: string): Promise<string | null> {
  if (!(await env.files.stamp(path))) return null;
  const file = await env.files.open(path);
  try {
    return new TextDecoder().decode(await file.read(0, file.size));
  } finally {
    await file.close();
  }
}

/** Where a journal's undo images stand, for copying them back. */
export function undoPath(env: ApplyEnvironment, folder: string): string {
  return env.files.resolve(folder, UNDO);
}

/** Journals that lie beside an image (or in `folders`), newest name last. */
export async function journalsOf(
  env: ApplyEnvironment,
  image: string,
  folders: readonly string[] = [],
): Promise<string[]> {
  const { files } = env;
  const found: string[] = [];
  for (const folder of new Set([files.folderOf(image), ...folders])) {
    if (!(await files.info(folder))) continue;
    for (const { name, kind } of await files.list(folder)) {
      if (kind === 'folder' && name.startsWith(files.nameOf(image) + JOURNAL_MARK))
        found.push(files.resolve(folder, name));
    }
  }
  return found.sort();
}
