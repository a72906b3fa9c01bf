import { refusal } from '../errors.ts';
import type { Plan, Step } from '../plans/plan.ts';
import { refuseWrittenSince } from './appended.ts';
import {
  type AfterState,
  type Applied,
  type ApplyOptions,
  allFiles,
  applyInPlace,
  finish,
  openAll,
  stateNow,
  withMovers,
  writtenFiles,
} from './apply.ts';
import type { ApplyEnvironment } from './environment.ts';
import { type Journal, type JournalHead, journalsOf, markJournal, readJournal, undoPath } from './journal.ts';
import { type Lock, takeLock } from './lock.ts';
import { appendLog, type LogEntry, readLog, stampText } from './log.ts';
import { runSteps } from './steps.ts';
import { takeBack } from './trash.ts';

/**
 * Takes an operation back: the bytes, lengths and times it changed, or the file it made.
 * @throws refusal `undo-not-possible` when the files are not what the operation left, or a later operation stands on it.
 */
export async function undo(
  operation: string,
  env: ApplyEnvironment,
  options: Pick<ApplyOptions, 'progress' | 'signal'> = {},
): Promise<Applied> {
  const { entries } = await readLog(env);
  const entry = [...entries].reverse().find((line) => line.operation === operation && line.event === 'applied');
  if (!entry) {
    throw refusal('undo-not-possible', `The log has no operation ${operation} that was applied.`, {
      hint: 'platter log lists what can be undone.',
    });
  }
  if (entries.some((line) => line.operation === operation && line.event === 'undone')) {
    throw refusal('undo-not-possible', `${operation} was undone already.`);
  }
  refuseUnderLater(entry, entries);
  return entry.output === null ? undoInPlace(entry, env, options) : undoOutput(entry, entry.output, env);
}

function refuseUnderLater(entry: LogEntry, entries: readonly LogEntry[]): void {
  const undone = new Set(
    entries.filter(({ event }) => event === 'undone' || event === 'rolled-back').map((line) => line.operation),
  );
  const later = entries.find((line) => {
    return (
      line.serial > entry.serial &&
      line.event === 'applied' &&
      line.identity === entry.identity &&
      line.kind !== 'undo' &&
      !undone.has(line.operation)
    );
  });
  if (later) {
    throw refusal('undo-not-possible', `${later.operation} changed ${entry.target} after this operation.`, {
      path: entry.target,
      hint: `Undo ${later.operation} first.`,
    });
  }
}

async function undoOutput(entry: LogEntry, output: string, env: ApplyEnvironment): Promise<Applied> {
  if (!(await isAsWritten(entry, output, env))) {
    throw refusal('undo-not-possible', `${output} is not what the operation wrote: it changed since.`, {
      path: output,
      hint: 'Remove it yourself when you are sure.',
    });
  }
  await env.files.remove(output);
  await logUndone(env, entry, 'undone');
  return {
    operation: entry.operation,
    journal: null,
    output: null,
    outputSha256: null,
    notes: [`${output} was removed.`],
  };
}

async function isAsWritten(entry: LogEntry, output: string, env: ApplyEnvironment): Promise<boolean> {
  const stamp = await env.files.stamp(output);
  if (!stamp) throw refusal('undo-not-possible', `${output} is not there any more.`, { path: output });
  if (entry.outputSha256 === null) return entry.outputStamp === stampText(stamp);
  const file = await env.files.open(output);
  const hasher = env.files.hasher();
  try {
    for (let at = 0; at < file.size; at += 4 * 1024 * 1024) hasher.update(await file.read(at, 4 * 1024 * 1024));
  } finally {
    await file.close();
  }
  return hasher.digest() === entry.outputSha256;
}

async function undoInPlace(
  entry: LogEntry,
  env: ApplyEnvironment,
  options: Pick<ApplyOptions, 'progress' | 'signal'>,
): Promise<Applied> {
  const { head, folder } = await loadJournal(entry.journal ?? '', env);
  await refuseUnlessLeftSo(head, folder, env);
  await refuseWrittenSince(head, folder, env);
  await takeBack(head.plan, folder, env);
  const applied = await applyInPlace(await undoPlan(head, folder, env), env, {
    acceptLoss: true,
    allowHardLinks: true,
    // where there was room for the operation's own
    journal: env.files.folderOf(folder),
    ...options,
  });
  await logUndone(env, entry, 'undone');
  // what it kept is back in the file; the undo's own journal keeps what it replaced
  await env.files.removeFolder(folder);
  return applied;
}

async function loadJournal(folder: string, env: ApplyEnvironment): Promise<{ head: JournalHead; folder: string }> {
  const journal = await readJournal(env, folder);
  if (journal.head === null) {
    throw refusal(
      'undo-not-possible',
      `The journal ${folder} is not there or not complete, so the bytes from before are not known.`,
      { path: folder },
    );
  }
  return { head: journal.head, folder };
}

async function refuseUnlessLeftSo(head: JournalHead, folder: string, env: ApplyEnvironment): Promise<void> {
  const file = await env.files.open(env.files.resolve(folder, 'after.json'));
  const left = JSON.parse(new TextDecoder().decode(await file.read(0, file.size))) as AfterState;
  await file.close();
  const now = await stateNow(head.plan, env);
  if (JSON.stringify(now) !== JSON.stringify(left)) {
    throw refusal('undo-not-possible', `${head.plan.target} is not what the operation left: it was changed since.`, {
      path: head.plan.target,
      hint: `The bytes from before are in ${folder}.`,
    });
  }
}

/** The journal as a plan: undo images back, then lengths, then times. */
async function undoPlan(head: JournalHead, folder: string, env: ApplyEnvironment): Promise<Plan> {
  const bin = undoPath(env, folder);
  const steps: Step[] = [];
  const targets: Plan['targets'] = [];
  const base = { before: null, after: null, field: null, structure: null } as const;
  let growth = 0;
  for (const { file, size, modifiedNs } of head.before) {
    const stamp = await env.files.stamp(file);
    if (!stamp) throw refusal('undo-not-possible', `${file} is not there.`, { path: file });
    targets.push({
      path: file,
      identity: stamp.identity,
      size: stamp.size,
      modifiedNs: stamp.modifiedNs,
      metadata: [],
    });
    if (stamp.size > size)
      steps.push({
        ...base,
        action: 'truncate',
        file,
        offset: size,
        length: stamp.size - size,
        why: 'The length from before.',
      });
    growth = Math.max(growth, stamp.size - size);
    steps.push({
      ...base,
      action: 'times',
      file,
      offset: 0,
      length: 0,
      why: 'The modification time from before.',
      modifiedNs,
    });
  }
  return {
    ...head.plan,
    kind: 'undo',
    targets,
    steps,
    stepsBefore: 0,
    removes: [],
    copies: head.undo.map(({ file, at, length, undoAt }) => ({
      from: { file: bin, offset: undoAt },
      to: { file, offset: at },
      bytes: length,
    })),
    lost: [],
    lossy: false,
    draftOnly: false,
    risks: [],
    refusals: [],
    findingsBefore: head.plan.findingsAfter,
    findingsAfter: head.plan.findingsBefore,
    sizeBefore: head.plan.sizeAfter,
    sizeAfter: head.plan.sizeBefore,
    journalBytes: head.undo.reduce((sum, { length }) => sum + length, 0) + growth,
  };
}

async function logUndone(env: ApplyEnvironment, entry: LogEntry, event: 'undone' | 'rolled-back'): Promise<void> {
  const { operation, kind, strategies, target, identity, output, journal } = entry;
  await appendLog(env, {
    operation,
    event,
    kind,
    strategies,
    target,
    identity,
    output,
    outputSha256: null,
    journal,
    note: null,
  });
}

/** An operation that was cut off: its journal lies there, its target may be half written. */
export interface Interrupted {
  folder: string;
  /** Null when the journal itself was not finished: then nothing of the target was touched. */
  head: JournalHead | null;
}

/** Operations on an image that neither ended nor were taken back. */
export async function interrupted(image: string, env: ApplyEnvironment): Promise<Interrupted[]> {
  const { files } = env;
  const real = (await files.real(files.resolve(image))) ?? files.resolve(image);
  const { entries } = await readLog(env);
  // the log's last word comes after the journal's: of these there is nothing to look at, wherever the journal lies
  const ended = new Set(
    entries.filter(({ event }) => event !== 'started' && event !== 'failed').map(({ operation }) => operation),
  );
  const named = entries
    .filter(({ operation, target, journal }) => target === real && journal !== null && !ended.has(operation))
    .map(({ journal }) => journal ?? '');
  const elsewhere = [...new Set(named)].filter((folder) => files.folderOf(folder) !== files.folderOf(real));
  const out: Interrupted[] = [];
  for (const folder of [...(await journalsOf(env, real)), ...elsewhere]) {
    if (!(await files.info(folder))) continue;
    const journal = await readJournal(env, folder);
    if (journal.head === null) out.push({ folder, head: null });
    else if (journal.state === 'prepared') out.push({ folder, head: journal.head });
  }
  return out;
}

async function onlyInterrupted(image: string, env: ApplyEnvironment): Promise<Interrupted> {
  const found = await interrupted(image, env);
  const one = found[found.length - 1];
  if (!one)
    throw refusal('undo-not-possible', `Nothing was interrupted on ${image}.`, {
      path: image,
      hint: 'platter undo takes back what was finished.',
    });
  return one;
}

/** Finishes an operation that was interrupted. Writing the same bytes again is harmless. */
export async function resume(
  image: string,
  env: ApplyEnvironment,
  options: Pick<ApplyOptions, 'progress'> = {},
): Promise<Applied> {
  const { folder, head } = await onlyInterrupted(image, env);
  if (!head) {
    await env.files.removeFolder(folder);
    return {
      operation: '',
      journal: null,
      output: null,
      outputSha256: null,
      notes: ['It was interrupted before anything was written: the image is as it was.'],
    };
  }
  await underLocks(head, env, async () => {
    await takeBack(head.plan, folder, env);
    const opened: { close(): Promise<void> }[] = [];
    try {
      const readers = await openAll(allFiles(head.plan), (file) => env.files.open(file), opened);
      const sinks = await openAll(writtenFiles(head.plan), (file) => env.files.openForWriting(file), opened);
      const journal: Journal = { folder, head, state: 'prepared' };
      await finish(journal, head.plan, sinks, readers, env, options);
    } finally {
      for (const file of opened) await file.close();
    }
  });
  await appendLog(env, { ...entryOf(head, folder), event: 'applied' });
  return {
    operation: head.operation,
    journal: folder,
    output: null,
    outputSha256: null,
    notes: ['The interrupted operation was finished.'],
  };
}

/** Takes back an operation that was interrupted: undo images, lengths, times. */
export async function rollback(
  image: string,
  env: ApplyEnvironment,
  options: Pick<ApplyOptions, 'progress'> = {},
): Promise<Applied> {
  const { folder, head } = await onlyInterrupted(image, env);
  if (head) {
    await underLocks(head, env, async () => {
      await takeBack(head.plan, folder, env);
      const opened: { close(): Promise<void> }[] = [];
      try {
        const plan = await undoPlan(head, folder, env);
        const readers = await openAll(
          [...new Set(plan.copies.map(({ from }) => from.file))],
          (file) => env.files.open(file),
          opened,
        );
        const sinks = await openAll(
          head.before.map(({ file }) => file),
          (file) => env.files.openForWriting(file),
          opened,
        );
        await withMovers(env, options.progress, (movers) => runSteps(plan, sinks, readers, movers));
        for (const sink of sinks.values()) await sink.sync();
      } finally {
        for (const file of opened) await file.close();
      }
    });
    await markJournal(env, { folder, head, state: 'prepared' }, 'rolled-back');
    await appendLog(env, { ...entryOf(head, folder), event: 'rolled-back' });
  }
  await env.files.removeFolder(folder);
  return {
    operation: head?.operation ?? '',
    journal: null,
    output: null,
    outputSha256: null,
    notes: ['The image is as it was before.'],
  };
}

async function underLocks(head: JournalHead, env: ApplyEnvironment, work: () => Promise<void>): Promise<void> {
  const locks: Lock[] = [];
  try {
    for (const { file } of head.before) {
      const stamp = await env.files.stamp(file);
      if (!stamp) throw refusal('not-found', `${file} is not there.`, { path: file });
      locks.push(await takeLock(env, stamp.identity, file));
    }
    await work();
  } finally {
    for (const lock of locks) await lock.release();
  }
}

function entryOf(head: JournalHead, folder: string): Omit<LogEntry, 'serial' | 'time' | 'who' | 'previous' | 'event'> {
  const { operation, plan, before } = head;
  const identity = before.find(({ file }) => file === plan.target)?.identity ?? '';
  return {
    operation,
    kind: plan.kind,
    strategies: plan.strategies,
    target: plan.target,
    identity,
    output: null,
    outputSha256: null,
    journal: folder,
    note: null,
  };
}
