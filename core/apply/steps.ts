import { failure, type PlatterError, refusal } from '../errors.ts';
import { type Batch, type Buffers, batches, inFlight, inPage, readInto } from '../io/bulk.ts';
import { readAhead } from '../io/chunks.ts';
import type { ByteSink, PartHasher } from '../io/sink.ts';
import type { ByteSource, Signal } from '../io/source.ts';
import { Draft } from '../plans/draft.ts';
import type { Copy, Plan, Step } from '../plans/plan.ts';
import { fromHex, toHex } from '../structure/codecs.ts';
import type { TouchedExtent } from './extents.ts';

/** Told about bytes that were moved and read back. */
export type CopyProgress = (done: number, total: number) => void;

/**
 * Extents a plan changes in each file, within the file's present length, sorted and disjoint: what the journal must keep.
 * @param sizes present length of each file.
 */
export function touchedExtents(plan: Plan, sizes: ReadonlyMap<string, number>): TouchedExtent[] {
  const raw: TouchedExtent[] = [];
  const add = (file: string, at: number, length: number): void => {
    const inside = Math.min(length, (sizes.get(file) ?? 0) - at);
    if (inside > 0) raw.push({ file, at, length: inside });
  };
  for (const step of plan.steps) {
    if (step.action === 'write') add(step.file, step.offset, step.length);
    if (step.action === 'truncate') add(step.file, step.offset, (sizes.get(step.file) ?? 0) - step.offset);
  }
  for (const { to, bytes } of plan.copies) add(to.file, to.offset, bytes);
  for (const { file, offset, length } of plan.covers ?? []) add(file, offset, length);
  return merge(raw);
}

function merge(extents: TouchedExtent[]): TouchedExtent[] {
  extents.sort((a, b) => (a.file === b.file ? a.at - b.at : a.file < b.file ? -1 : 1));
  const out: TouchedExtent[] = [];
  for (const extent of extents) {
    const last = out[out.length - 1];
    if (last && last.file === extent.file && extent.at <= last.at + last.length) {
      last.length = Math.max(last.length, extent.at + extent.length - last.at);
    } else {
      out.push({ ...extent });
    }
  }
  return out;
}

/**
 * Reads again every byte the plan says stands there before, each step as after the steps before it.
 * @throws refusal `changed-since-plan` with the first place that differs.
 */
export async function compareBefore(plan: Plan, sources: ReadonlyMap<string, ByteSource>): Promise<void> {
  const drafts = new Map<string, Draft>();
  for (const step of plan.steps) {
    const source = sources.get(step.file);
    if (!source) throw refusal('changed-since-plan', `${step.file} is not there any more.`, { path: step.file });
    const draft = drafts.get(step.file) ?? new Draft(source);
    drafts.set(step.file, draft);
    if (step.action === 'write') {
      const here = toHex(await draft.read(step.offset, step.length));
      if (here !== step.before) {
        throw refusal(
          'changed-since-plan',
          `${step.file} is not what it was when the plan was made: the bytes at ${step.offset} differ.`,
          {
            path: step.file,
            offset: step.offset,
            hint: 'Make a new plan.',
          },
        );
      }
      await draft.write(step.offset, fromHex(step.after ?? ''), { why: step.why });
    }
    if (step.action === 'truncate') draft.truncate(step.offset, { why: step.why });
  }
}

/** What runs a plan's bulk. */
export interface Movers {
  buffers: Buffers;
  hasher: PartHasher;
  progress?: CopyProgress | undefined;
  signal?: Signal | undefined;
}

/**
 * Runs the steps and copies of a plan, each structure durable before the next; safe to run again from the start. Answers the
 * SHA-256 of what each batch of its copies moved, as it was read.
 */
export async function runSteps(
  plan: Plan,
  sinks: ReadonlyMap<string, ByteSink>,
  sources: ReadonlyMap<string, ByteSource>,
  movers: Movers,
): Promise<string[]> {
  const before = plan.stepsBefore ?? 0;
  await runSome(plan.steps.slice(0, before), sinks);
  const moved = await runCopies(plan.copies, sinks, sources, movers);
  await runSome(plan.steps.slice(before), sinks);
  return moved;
}

async function runSome(steps: readonly Step[], sinks: ReadonlyMap<string, ByteSink>): Promise<void> {
  for (const stage of stagesOf(steps)) {
    const [first] = stage;
    if (!first) continue;
    const sink = sinkOf(sinks, first.file);
    if (apart(stage)) await inFlight(stage, (step) => runStep(step, sink));
    else for (const step of stage) await runStep(step, sink);
    await sink.sync();
  }
}

/** Steps one behind the other that fill one structure of one file: nothing has to be durable between them. */
function stagesOf(steps: readonly Step[]): Step[][] {
  // few are each made durable: that costs little
  const single = steps.length <= 16;
  const out: Step[][] = [];
  for (const step of steps) {
    const stage = out[out.length - 1];
    const last = stage?.[0];
    if (!single && last && last.structure === step.structure && last.file === step.file) stage.push(step);
    else out.push([step]);
  }
  return out;
}

/** Whether no two of them share a byte, so that their order is all the same. */
function apart(steps: readonly Step[]): boolean {
  return steps.every(
    ({ action, offset }, index) =>
      action === 'write' &&
      (index === 0 || offset >= (steps[index - 1]?.offset ?? 0) + (steps[index - 1]?.length ?? 0)),
  );
}

async function runStep(step: Step, sink: ByteSink): Promise<void> {
  switch (step.action) {
    case 'write':
      await sink.write(step.offset, fromHex(step.after ?? ''));
      return;
    case 'truncate':
      if (sink.size !== step.offset) await sink.truncate(step.offset);
      return;
    case 'times':
      await sink.sync();
      await sink.setModified(step.modifiedNs ?? '0');
      return;
  }
}

async function runCopies(
  copies: readonly Copy[],
  sinks: ReadonlyMap<string, ByteSink>,
  sources: ReadonlyMap<string, ByteSource>,
  movers: Movers,
): Promise<string[]> {
  const total = totalOf(copies);
  let done = 0;
  const written = new Set<ByteSink>();
  const moved: string[] = [];
  await inFlight(
    numbered(batches(copies)),
    async ([index, batch]) => {
      const sink = sinkOf(sinks, batch.to.file);
      written.add(sink);
      moved[index] = await move(batch, sources.get(batch.from.file), sink, movers);
      done += batch.bytes;
      movers.progress?.(done, total);
    },
    movers.signal,
  );
  for (const sink of written) await sink.sync();
  return moved;
}

function totalOf(copies: readonly Copy[]): number {
  return copies.reduce((sum, { bytes }) => sum + bytes, 0);
}

function* numbered<T>(items: Iterable<T>): Generator<[number, T]> {
  let index = 0;
  for (const item of items) yield [index++, item];
}

/**
 * Moves a batch and reads it back: what lies between its runs in the target is written back as it is. Answers its runs'
 * SHA-256, as read.
 * @throws failure `write-failed` where the target does not hold what was written.
 */
async function move(
  { from, to, pieces, bytes }: Batch,
  source: ByteSource | undefined,
  sink: ByteSink,
  { buffers, hasher }: Movers,
): Promise<string> {
  const [first, second] = [buffers.take(), buffers.take()];
  try {
    const straight = to.length === bytes && from.length === bytes && (from.offset - to.offset) % 4096 === 0;
    const read = inPage(first, from.offset, from.length);
    const found = source ? await readInto(source, from.offset, read) : 0;
    if (found < from.length)
      throw failure('short-read', `${from.file} ends before ${from.offset + from.length}.`, {
        path: from.file,
        offset: from.offset + found,
      });
    const parts = pieces.map((piece) => partOf(read, piece.from - from.offset, piece.length));
    const digest = hasher.digest(parts);
    const write = straight ? read : inPage(second, to.offset, to.length);
    if (!straight) {
      if (to.length !== bytes) write.fill(0, await readInto(sink, to.offset, write));
      for (const [index, part] of parts.entries()) write.set(part, (pieces[index]?.to ?? to.offset) - to.offset);
    }
    // both are waited for, whichever fails: the memory is used again
    const [hashed, wrote] = await Promise.allSettled([digest, sink.write(to.offset, write)]);
    if (wrote.status === 'rejected') throw wrote.reason;
    if (hashed.status === 'rejected') throw hashed.reason;
    const back = inPage(straight ? second : first, to.offset, to.length);
    const there = back.subarray(0, await readInto(sink, to.offset, back));
    if (!hasher.same(write, there)) throw notAsWritten(to.file, to.offset, write, there);
    return hashed.value;
  } finally {
    buffers.give(first);
    buffers.give(second);
  }
}

function notAsWritten(path: string, at: number, written: Uint8Array, there: Uint8Array): PlatterError {
  const differs = written.findIndex((byte, index) => byte !== there[index]);
  const offset = at + Math.max(0, differs);
  return failure('write-failed', `${path} does not hold at ${offset} what was moved there.`, {
    path,
    offset,
    hint: 'Run platter rollback, and distrust the device.',
  });
}

function sinkOf(sinks: ReadonlyMap<string, ByteSink>, file: string): ByteSink {
  const sink = sinks.get(file);
  if (!sink) throw refusal('changed-since-plan', `${file} is not there any more.`, { path: file });
  return sink;
}

/**
 * Reads back what the plan wrote, from freshly opened files, and compares.
 * @throws failure `write-failed` at the first byte that is not what was written.
 */
export async function compareAfter(plan: Plan, sources: ReadonlyMap<string, ByteSource>): Promise<void> {
  const there = readAhead(lasting(plan.steps), async (step) => ({
    step,
    here: (await sources.get(step.file)?.read(step.offset, step.length)) ?? new Uint8Array(),
  }));
  for await (const { step, here } of there) {
    if (toHex(here) !== step.after) {
      throw failure('write-failed', `${step.file} does not hold at ${step.offset} what was written there.`, {
        path: step.file,
        offset: step.offset,
        hint: 'Run platter rollback, and distrust the device.',
      });
    }
  }
}

/** Writes that no later step writes over or cuts, last first. */
function* lasting(steps: readonly Step[]): Generator<Step> {
  const later = new Overwritten();
  for (const step of [...steps].reverse()) {
    const hidden = later.has(step);
    later.add(step);
    if (step.action === 'write' && !hidden) yield step;
  }
}

/** What the steps seen so far write or cut, by file and page: most of thousands of steps touch no other. */
class Overwritten {
  readonly #pages = new Map<string, Step[]>();
  readonly #cuts: Step[] = [];

  add(step: Step): void {
    if (step.action === 'truncate') this.#cuts.push(step);
    if (step.action !== 'write') return;
    for (const key of pagesOf(step)) {
      const list = this.#pages.get(key);
      if (list) list.push(step);
      else this.#pages.set(key, [step]);
    }
  }

  has(step: Step): boolean {
    if (this.#cuts.some((cut) => cut.file === step.file && overlaps(step, cut))) return true;
    if (step.action !== 'write') return false;
    for (const key of pagesOf(step)) if (this.#pages.get(key)?.some((later) => overlaps(step, later))) return true;
    return false;
  }
}

function* pagesOf({ file, offset, length }: Step): Generator<string> {
  for (let page = Math.floor(offset / 4096); page * 4096 < offset + length; page += 1) yield `${page} ${file}`;
}

/** SHA-256 of what each batch of copies left, in their order, as it stands now. */
export async function digestsNow(
  copies: readonly Copy[],
  written: ReadonlyMap<string, ByteSource>,
  { buffers, hasher, signal }: Movers,
): Promise<string[]> {
  const out: string[] = [];
  await inFlight(
    numbered(batches(copies)),
    async ([index, { to, pieces }]) => {
      const buffer = buffers.take();
      try {
        const found = inPage(buffer, to.offset, to.length);
        const target = written.get(to.file);
        const there = found.subarray(0, target ? await readInto(target, to.offset, found) : 0);
        out[index] = await hasher.digest(pieces.map((piece) => partOf(there, piece.to - to.offset, piece.length)));
      } finally {
        buffers.give(buffer);
      }
    },
    signal,
  );
  return out;
}

function partOf(bytes: Uint8Array, at: number, length: number): Uint8Array {
  return bytes.subarray(at, at + length);
}

function overlaps(step: Step, later: Step): boolean {
  if (later.action === 'truncate') return later.offset < step.offset + step.length;
  return (
    later.action === 'write' && later.offset < step.offset + step.length && step.offset < later.offset + later.length
  );
}
