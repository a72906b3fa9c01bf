import { asPlatterError, refusal } from '../errors.ts';
import { Buffers } from '../io/bulk.ts';
import type { OpenFile } from '../io/files.ts';
import type { ByteSink, FileStamp } from '../io/sink.ts';
import type { Signal } from '../io/source.ts';
import type { Plan } from '../plans/plan.ts';
import type { ApplyEnvironment } from './environment.ts';
import { extentBytes } from './extents.ts';
import { type FileBefore, type Journal, type JournalHead, markJournal, writeJournal } from './journal.ts';
import { JOURNAL_MARK } from './journal-name.ts';
import { type Lock, takeLock } from './lock.ts';
import { appendLog, type LogChange, type LogEntry } from './log.ts';
import { refuseChanged, refuseNoRoom, refuseUnready, refuseUnsafe } from './preconditions.ts';
import {
  type CopyProgress,
  compareAfter,
  compareBefore,
  digestsNow,
  type Movers,
  runSteps,
  touchedExtents,
} from './steps.ts';
import { putAway, refuseRemovals } from './trash.ts';

export interface ApplyOptions {
  /** The user has seen what is lost and accepts it. */
  acceptLoss: boolean;
  /** Folder for the journal instead of the target's own. */
  journal?: string;
  /** Write although the file has other names (hard links), which change with it. */
  allowHardLinks?: boolean;
  /** Typed reason, kept in the log. */
  note?: string;
  progress?: CopyProgress;
  signal?: Signal;
}

export interface Applied {
  operation: string;
  /** Folder with the undo images; null for a new file. */
  journal: string | null;
  /** New file; null in place. */
  output: string | null;
  outputSha256: string | null;
  /** Facts the user should know: who else reads the file, what could not be seen. */
  notes: string[];
}

/**
 * Applies a plan to its own files: lock, compare, journal, write, read back.
 * @throws refusal before anything is written; failure when the world breaks in between: the journal then says how far it
 * came, and {@link resume} or {@link rollback} end it.
 */
export async function applyInPlace(plan: Plan, env: ApplyEnvironment, options: ApplyOptions): Promise<Applied> {
  refuseUnready(plan, options);
  const { files } = env;
  const operation = operationId(env);
  const real = await realTargets(plan, env);
  const mapped = mapFiles(plan, real);
  const locks: Lock[] = [];
  const opened: { close(): Promise<void> }[] = [];
  try {
    const notes: string[] = [];
    const stamps = new Map<string, FileStamp>();
    for (const file of writtenFiles(mapped)) {
      const stamp = await files.stamp(file);
      if (!stamp) throw refusal('not-found', `${file} is not there.`, { path: file });
      locks.push(await takeLock(env, stamp.identity, file));
      stamps.set(file, stamp);
      notes.push(...(await refuseUnsafe(file, stamp, mapped, env, options)));
    }
    for (const file of mapped.removes ?? [])
      locks.push(await takeLock(env, (await files.stamp(file))?.identity ?? file, file));
    await refuseRemovals(mapped, journalHome(mapped, env, options, stamps), env);
    await refuseChanged(mapped, stamps, env);
    const readers = await openAll(allFiles(mapped), (file) => files.open(file), opened);
    await compareBefore(mapped, readers);
    const sizes = new Map([...stamps].map(([file, stamp]) => [file, stamp.size]));
    // before the journal: a file that may not be written must not be left with one
    const sinks = await openAll(writtenFiles(mapped), (file) => files.openForWriting(file), opened);
    const journal = await prepare(mapped, operation, env, options, stamps, touchedExtents(mapped, sizes), readers);
    await log(env, mapped, operation, stamps, 'started', journal.folder, options.note ?? null);
    try {
      await finish(journal, mapped, sinks, readers, env, options);
    } catch (thrown) {
      await log(env, mapped, operation, stamps, 'failed', journal.folder, asPlatterError(thrown).message).catch(
        () => undefined,
      );
      throw thrown;
    }
    await log(env, mapped, operation, stamps, 'applied', journal.folder, null);
    return { operation, journal: journal.folder, output: null, outputSha256: null, notes };
  } finally {
    for (const file of opened) await file.close();
    for (const lock of locks) await lock.release();
  }
}

/** The part after the journal is durable: also what `resume` does. */
export async function finish(
  journal: Journal,
  plan: Plan,
  sinks: ReadonlyMap<string, ByteSink>,
  readers: ReadonlyMap<string, OpenFile>,
  env: ApplyEnvironment,
  options: Pick<ApplyOptions, 'progress'>,
): Promise<void> {
  // no signal: what has begun to write is finished, or rolled back, but never left half done by a click
  const moved = await withMovers(env, options.progress, async (movers) => {
    const digests = await runSteps(plan, sinks, readers, movers);
    const fresh: { close(): Promise<void> }[] = [];
    try {
      const written = await openAll(writtenFiles(plan), (file) => env.files.open(file), fresh);
      await compareAfter(plan, written);
    } finally {
      for (const file of fresh) await file.close();
    }
    return digests;
  });
  await writeAfter(journal, await stateOf(plan, moved, env), env);
  await putAway(plan, journal.folder, env);
  await markJournal(env, journal, 'applied');
}

/** Memory and threads for the time of some work. */
export async function withMovers<T>(
  env: ApplyEnvironment,
  progress: CopyProgress | undefined,
  work: (movers: Movers) => Promise<T>,
): Promise<T> {
  const hasher = env.files.partHasher();
  try {
    return await work({ buffers: new Buffers((length) => env.files.buffer(length)), hasher, progress });
  } finally {
    hasher.close();
  }
}

/**
 * Applies a plan to a copy of its target, which must not exist yet; the target stays as it is. The copy gets its name only
 * when it is complete and durable.
 */
export async function applyToOutput(
  plan: Plan,
  output: string,
  env: ApplyEnvironment,
  options: ApplyOptions,
): Promise<Applied> {
  refuseUnready(plan, options);
  if (plan.kind === 'coalesce')
    throw refusal('unsupported', `A copy of ${plan.target} would have the same id.`, {
      path: plan.target,
      hint: 'Make the plan with platter coalesce --output FILE --plan.',
    });
  const { files } = env;
  const target = await realPath(plan.target, env);
  const final = files.resolve(output);
  if (await files.stamp(final))
    throw refusal('output-exists', `${final} exists already; nothing is ever overwritten.`, { path: final });
  const stamp = await files.stamp(target);
  if (!stamp) throw refusal('not-found', `${target} is not there.`, { path: target });
  const operation = operationId(env);
  const partial = `${final}.platter-${operation}.partial`;
  const mapped = mapFiles(plan, new Map([[plan.target, partial]]));
  const stamps = new Map([[target, stamp]]);
  await refuseChanged(mapFiles(plan, new Map([[plan.target, target]])), stamps, env);
  await refuseNoRoom(final, stamp.size, plan, env);
  let opened: { close(): Promise<void> }[] = [];
  const lock = await takeLock(env, `output-${files.sha256(new TextEncoder().encode(final)).slice(0, 24)}`, final);
  try {
    await removeLeftovers(final, env);
    const cloned = (done: number, total: number): void => options.progress?.(done, total);
    await files.clone(target, partial, cloned, options.signal);
    const readers = await openAll(allFiles(mapped), (file) => files.open(file), opened);
    await compareBefore(mapped, readers);
    const sinks = await openAll([partial], (file) => files.openForWriting(file), opened);
    await withMovers(env, options.progress, (movers) => runSteps(mapped, sinks, readers, movers));
    for (const sink of sinks.values()) await sink.sync();
    for (const file of opened) await file.close();
    opened = [];
    const fresh = await openAll([partial], (file) => files.open(file), opened);
    await compareAfter(mapped, fresh);
    const outputSha256 = await hashFile(fresh.get(partial), env, options.signal);
    await files.moveTo(partial, final);
    await files.syncFolder(files.folderOf(final));
    const made = await files.stamp(final);
    await appendLog(env, {
      ...entryOf(plan, operation, made?.identity ?? '', null),
      target,
      event: 'applied',
      output: final,
      outputSha256,
      note: options.note ?? null,
    });
    return { operation, journal: null, output: final, outputSha256, notes: [] };
  } catch (thrown) {
    for (const file of opened) await file.close();
    opened = [];
    if (await files.stamp(partial).catch(() => null)) await files.remove(partial).catch(() => undefined);
    throw thrown;
  } finally {
    for (const file of opened) await file.close();
    await lock.release();
  }
}

/** Half-made copies of runs that were killed: under the output's lock nobody else is writing one. */
async function removeLeftovers(final: string, env: ApplyEnvironment): Promise<void> {
  const { files } = env;
  const folder = files.folderOf(final);
  for (const { name, kind } of await files.list(folder)) {
    if (kind === 'file' && name.startsWith(files.nameOf(final) + JOURNAL_MARK) && name.endsWith('.partial'))
      await files.remove(files.resolve(folder, name));
  }
}

/** The folder a journal goes to: beside the image; for a device, whose own folder is in memory, with Platter's state. */
function journalHome(
  { target }: Plan,
  { files, state }: ApplyEnvironment,
  { journal }: ApplyOptions,
  stamps: ReadonlyMap<string, FileStamp>,
): string {
  if (journal !== undefined) return journal;
  return stamps.get(target)?.kind === 'block-device' ? files.resolve(state, 'journals') : files.folderOf(target);
}

async function prepare(
  plan: Plan,
  operation: string,
  env: ApplyEnvironment,
  options: ApplyOptions,
  stamps: ReadonlyMap<string, FileStamp>,
  touched: ReturnType<typeof touchedExtents>,
  readers: ReadonlyMap<string, OpenFile>,
): Promise<Journal> {
  const { files } = env;
  const folder = files.resolve(
    journalHome(plan, env, options, stamps),
    files.nameOf(plan.target) + JOURNAL_MARK + operation,
  );
  const before = [...stamps].map(
    ([file, { identity, size, modifiedNs }]): FileBefore => ({ file, identity, size, modifiedNs }),
  );
  const head: Omit<JournalHead, 'undo'> = {
    schema: 'platter.journal/1',
    operation,
    created: new Date(files.now()).toISOString(),
    who: files.who(),
    plan,
    before,
  };
  try {
    return await writeJournal(env, folder, head, touched, readers, options.signal);
  } catch (thrown) {
    // nothing of the target was written: a journal that could not be finished is only in the way
    await files.removeFolder(folder).catch(() => undefined);
    throw thrown;
  }
}

/** What the operation left: undo refuses when it is no longer that. */
export interface AfterState {
  files: { file: string; identity: string; size: number }[];
  /** What its steps changed. */
  extents: { file: string; at: number; length: number; sha256: string }[];
  /** SHA-256 of each batch of its copies. */
  copies: string[];
}

async function writeAfter(journal: Journal, after: AfterState, env: ApplyEnvironment): Promise<void> {
  const path = env.files.resolve(journal.folder, 'after.json');
  if (await env.files.stamp(path)) await env.files.remove(path);
  const sink = await env.files.create(path);
  try {
    await sink.write(0, new TextEncoder().encode(JSON.stringify(after)));
    await sink.sync();
  } finally {
    await sink.close();
  }
}

/** Size, identity and hashes of what a plan writes, as the files stand now. */
export async function stateNow(plan: Plan, env: ApplyEnvironment): Promise<AfterState> {
  const opened: { close(): Promise<void> }[] = [];
  try {
    const sources = await openAll(writtenFiles(plan), (file) => env.files.open(file), opened);
    const copies = await withMovers(env, undefined, (movers) => digestsNow(plan.copies, sources, movers));
    return await stateOf(plan, copies, env);
  } finally {
    for (const file of opened) await file.close();
  }
}

/** @param copies what the copies left, read back and compared */
async function stateOf(plan: Plan, copies: string[], env: ApplyEnvironment): Promise<AfterState> {
  const state: AfterState = { files: [], extents: [], copies };
  const sizes = new Map<string, number>();
  for (const file of writtenFiles(plan)) {
    const stamp = await env.files.stamp(file);
    if (!stamp) throw refusal('not-found', `${file} is not there.`, { path: file });
    sizes.set(file, stamp.size);
    state.files.push({ file, identity: stamp.identity, size: stamp.size });
  }
  const opened: { close(): Promise<void> }[] = [];
  try {
    const extents = touchedExtents({ ...plan, copies: [] }, sizes);
    const sources = await openAll([...sizes.keys()], (file) => env.files.open(file), opened);
    let hasher = env.files.hasher();
    for await (const { extent, bytes, last } of extentBytes(extents, sources)) {
      hasher.update(bytes);
      if (!last) continue;
      state.extents.push({ ...extent, sha256: hasher.digest() });
      hasher = env.files.hasher();
    }
  } finally {
    for (const file of opened) await file.close();
  }
  return state;
}

async function hashFile(file: OpenFile | undefined, env: ApplyEnvironment, signal?: Signal): Promise<string> {
  const hasher = env.files.hasher();
  for (let at = 0; file && at < file.size; at += 4 * 1024 * 1024)
    hasher.update(await file.read(at, 4 * 1024 * 1024, signal));
  return hasher.digest();
}

export function operationId(env: ApplyEnvironment): string {
  const time = new Date(env.files.now()).toISOString().replaceAll(/[-:]|\.\d+Z/g, '');
  return `${time}-${env.files.randomText()}`;
}

async function realPath(path: string, env: ApplyEnvironment): Promise<string> {
  const real = await env.files.real(env.files.resolve(path));
  if (real === null) throw refusal('not-found', `${path} is not there.`, { path });
  return real;
}

async function realTargets(plan: Plan, env: ApplyEnvironment): Promise<Map<string, string>> {
  const out = new Map<string, string>();
  for (const file of allFiles(plan)) out.set(file, await realPath(file, env));
  return out;
}

/** The plan with its files' names replaced: links resolved, or a copy in the target's place. */
export function mapFiles(plan: Plan, names: ReadonlyMap<string, string>): Plan {
  const name = (file: string): string => names.get(file) ?? file;
  return {
    ...plan,
    target: name(plan.target),
    targets: plan.targets.map((target) => ({ ...target, path: name(target.path) })),
    steps: plan.steps.map((step) => ({ ...step, file: name(step.file) })),
    copies: plan.copies.map(({ from, to, bytes }) => ({
      from: { ...from, file: name(from.file) },
      to: { ...to, file: name(to.file) },
      bytes,
    })),
    ...(plan.removes && { removes: plan.removes.map(name) }),
    ...(plan.covers && { covers: plan.covers.map((range) => ({ ...range, file: name(range.file) })) }),
  };
}

export function writtenFiles(plan: Plan): string[] {
  return [...new Set([...plan.steps.map(({ file }) => file), ...plan.copies.map(({ to }) => to.file)])];
}

export function allFiles(plan: Plan): string[] {
  return [
    ...new Set([
      plan.target,
      ...writtenFiles(plan),
      ...plan.copies.map(({ from }) => from.file),
      ...(plan.removes ?? []),
    ]),
  ];
}

/** Opens files under their names; each goes on `opened` so that the caller closes what was opened before a failure too. */
export async function openAll<T extends { close(): Promise<void> }>(
  names: readonly string[],
  open: (file: string) => Promise<T>,
  opened: { close(): Promise<void> }[],
): Promise<Map<string, T>> {
  const out = new Map<string, T>();
  for (const file of names) {
    const handle = await open(file);
    opened.push(handle);
    out.set(file, handle);
  }
  return out;
}

function entryOf(
  plan: Plan,
  operation: string,
  identity: string,
  journal: string | null,
): Omit<LogEntry, 'serial' | 'time' | 'who' | 'previous' | 'event' | 'note' | 'output' | 'outputSha256'> {
  const { kind, strategies, target } = plan;
  return { operation, kind, strategies, target, identity, journal, changes: changesOf(plan) };
}

/** Changes that one line of the log names; a coalesce has as many as it has blocks, and the journal has them all. */
const MAX_CHANGES = 64;

function changesOf({ target, steps, copies }: Plan): LogChange[] {
  const out: LogChange[] = [];
  for (const { to, bytes } of copies)
    if (to.file === target && out.length < MAX_CHANGES) out.push({ action: 'write', offset: to.offset, length: bytes });
  for (const { file, action, offset, length } of steps) {
    if (file !== target || action === 'times' || out.length >= MAX_CHANGES) continue;
    out.push({ action: action === 'truncate' ? 'cut' : 'write', offset, length });
  }
  return out;
}

async function log(
  env: ApplyEnvironment,
  plan: Plan,
  operation: string,
  stamps: ReadonlyMap<string, FileStamp>,
  event: LogEntry['event'],
  journal: string,
  note: string | null,
): Promise<void> {
  const identity = stamps.get(plan.target)?.identity ?? '';
  await appendLog(env, {
    ...entryOf(plan, operation, identity, journal),
    event,
    output: null,
    outputSha256: null,
    note,
  });
}
