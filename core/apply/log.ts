import { asPlatterError } from '../errors.ts';
import type { FileStamp } from '../io/sink.ts';
import type { PlanKind } from '../plans/plan.ts';
import type { ApplyEnvironment } from './environment.ts';
import { takeLock } from './lock.ts';

/** What happened, as one line of the log. */
export interface LogEntry {
  /** Grows by one; a gap means lines are missing. */
  serial: number;
  /** ISO 8601 UTC. */
  time: string;
  who: string;
  operation: string;
  event: 'started' | 'applied' | 'verified' | 'failed' | 'undone' | 'rolled-back';
  kind: PlanKind;
  strategies: string[];
  /** Real path of the file the plan was made for. */
  target: string;
  /** Device and inode of the file that was written. */
  identity: string;
  /** New file, when the operation wrote one; null in place. */
  output: string | null;
  /** SHA-256 of that file; null in place or before it is known. */
  outputSha256: string | null;
  /** Stands in for the hash of a file nobody wanted hashed: {@link stampText} when it was made. */
  outputStamp?: string;
  /** Folder with the undo images; null for a new file. */
  journal: string | null;
  /** Why it failed, or the reason typed for a forced step; null otherwise. */
  note: string | null;
  /** Bytes of the target that were written or cut off, in order; the first of them where there are very many. */
  changes?: LogChange[];
  /** SHA-256 of the line before, so that no line can be taken out or changed unseen; 64 zeros on the first. */
  previous: string;
}

/** A file told by identity, length and time. */
export function stampText({ identity, size, modifiedNs }: FileStamp): string {
  return `${identity} ${size} ${modifiedNs}`;
}

/** Where an operation changed its target. */
export interface LogChange {
  action: 'write' | 'cut';
  offset: number;
  length: number;
}

const ORIGIN = '0'.repeat(64);

export interface LogReading {
  entries: LogEntry[];
  /** Lines that do not follow from the one before, or are torn: 1-based. */
  broken: { line: number; why: string }[];
  /** Hash of the last line. */
  last: string;
  size: number;
}

function logPath(env: ApplyEnvironment): string {
  return env.files.resolve(env.state, 'operations.jsonl');
}

/** Reads the log and checks its chain of hashes. */
export async function readLog(env: ApplyEnvironment): Promise<LogReading> {
  const path = logPath(env);
  const reading: LogReading = { entries: [], broken: [], last: ORIGIN, size: 0 };
  if (!(await env.files.stamp(path))) return reading;
  const file = await env.files.open(path);
  try {
    reading.size = file.size;
    const text = new TextDecoder().decode(await file.read(0, file.size));
    const lines = text.split('\n');
    const torn = lines.pop();
    for (const [index, line] of lines.entries()) {
      if (line === '') continue;
      const entry = parseLine(line);
      if (!entry) reading.broken.push({ line: index + 1, why: 'It is no entry: torn by a crash, or changed.' });
      else if (entry.previous !== reading.last)
        reading.broken.push({
          line: index + 1,
          why: 'It does not follow from the line before: a line was changed or taken out.',
        });
      if (entry) reading.entries.push(entry);
      reading.last = env.files.sha256(new TextEncoder().encode(line));
    }
    if (torn)
      reading.broken.push({ line: lines.length + 1, why: 'It is torn: the program was stopped while it wrote it.' });
    return reading;
  } finally {
    await file.close();
  }
}

function parseLine(line: string): LogEntry | null {
  try {
    const entry = JSON.parse(line) as Partial<LogEntry>;
    return typeof entry.operation === 'string' && typeof entry.previous === 'string' ? (entry as LogEntry) : null;
  } catch {
    return null;
  }
}

/** Appends one entry, under the log's own lock, and makes it durable. A torn last line is ended and kept. */
export async function appendLog(
  env: ApplyEnvironment,
  entry: Omit<LogEntry, 'serial' | 'time' | 'who' | 'previous'>,
): Promise<LogEntry> {
  await env.files.makeFolder(env.state);
  const lock = await takeLogLock(env);
  try {
    const reading = await readLog(env);
    const full: LogEntry = {
      serial: reading.entries.length + 1,
      time: new Date(env.files.now()).toISOString(),
      who: env.files.who(),
      ...entry,
      previous: reading.last,
    };
    const sink = await env.files.openForAppending(logPath(env));
    try {
      const tail = sink.size > 0 ? await sink.read(sink.size - 1, 1) : new Uint8Array([10]);
      let ending = '';
      if (tail[0] !== 10) {
        // the torn line stays; the new one follows from its hash as from any other
        const last = await lastLine(sink.size, (at, length) => sink.read(at, length));
        full.previous = env.files.sha256(last);
        ending = '\n';
      }
      await sink.write(sink.size, new TextEncoder().encode(`${ending}${JSON.stringify(full)}\n`));
      await sink.sync();
    } finally {
      await sink.close();
    }
    await env.files.syncFolder(env.state);
    return full;
  } finally {
    await lock.release();
  }
}

async function lastLine(size: number, read: (at: number, length: number) => Promise<Uint8Array>): Promise<Uint8Array> {
  const bytes = await read(0, size);
  return bytes.subarray(bytes.lastIndexOf(10) + 1);
}

/** Entries take a millisecond to write: a busy log is worth waiting for. */
async function takeLogLock(env: ApplyEnvironment): ReturnType<typeof takeLock> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await takeLock(env, 'log', 'the operation log');
    } catch (thrown) {
      if (tries >= 100 || asPlatterError(thrown).code !== 'locked') throw thrown;
      await new Promise<void>((resolve) => void setTimeout(resolve, 20));
    }
  }
}
