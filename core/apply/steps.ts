import { failure, refusal } from '../errors.ts';
import { type Batch, type Buffers, batches, inFlight, inPage, readInto, sameBytes } from '../io/bulk.ts';
import type { ByteSink } from '../io/sink.ts';
import type { ByteSource, Signal } from '../io/source.ts';
import { Draft } from '../plans/draft.ts';
import type { Copy, Plan, Step } from '../plans/plan.ts';
import { fromHex, toHex } from '../structure/codecs.ts';
import type { TouchedExtent } from './extents.ts';

/** Told about bytes moved. */
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
  progress?: CopyProgress | undefined;
  signal?: Signal | undefined;
}

/** Runs the steps and copies of a plan, each structure durable before the next; safe to run again from the start. */
export async function runSteps(
  plan: Plan,
  sinks: ReadonlyMap<string, ByteSink>,
  sources: ReadonlyMap<string, ByteSource>,
  movers: Movers,
): Promise<void> {
  const before = plan.stepsBefore ?? 0;
  await runSome(plan.steps.slice(0, before), sinks);
  await runCopies(plan.copies, sinks, sources, movers);
  await runSome(plan.steps.slice(before), sinks);
}

async function runSome(steps: readonly Step[], sinks: ReadonlyMap<string, ByteSink>): Promise<void> {
  const few = steps.length <= 16;
  for (const [index, step] of steps.entries()) {
    const sink = sinkOf(sinks, step.file);
    await runStep(step, sink);
    const next = steps[index + 1];
    if (few || !next || next.structure !== step.structure || next.file !== step.file) await sink.sync();
  }
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
  { buffers, progress, signal }: Movers,
): Promise<void> {
  const total = copies.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  const written = new Set<ByteSink>();
  await inFlight(
    batches(copies),
    async (batch) => {
      const sink = sinkOf(sinks, batch.to.file);
      written.add(sink);
      await move(batch, sources.get(batch.from.file), sink, buffers);
      done += batch.bytes;
      progress?.(done, total);
    },
    signal,
  );
  for (const sink of written) await sink.sync();
}

/** Moves a batch: what lies between its runs in the target is written back as it is. */
async function move(
  { from, to, pieces, bytes }: Batch,
  source: ByteSource | undefined,
  sink: ByteSink,
  buffers: Buffers,
): Promise<void> {
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
    if (straight) {
      await sink.write(to.offset, read);
      return;
    }
    const write = inPage(second, to.offset, to.length);
    if (to.length !== bytes) write.fill(0, await readInto(sink, to.offset, write));
    for (const piece of pieces)
      write.set(read.subarray(piece.from - from.offset, piece.from - from.offset + piece.length), piece.to - to.offset);
    await sink.write(to.offset, write);
  } finally {
    buffers.give(first);
    buffers.give(second);
  }
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
  const later = new Overwritten();
  for (const step of [...plan.steps].reverse()) {
    const hidden = later.has(step);
    later.add(step);
    if (step.action !== 'write' || hidden) continue;
    const here = (await sources.get(step.file)?.read(step.offset, step.length)) ?? new Uint8Array();
    if (toHex(here) !== step.after) {
      throw failure('write-failed', `${step.file} does not hold at ${step.offset} what was written there.`, {
        path: step.file,
        offset: step.offset,
        hint: 'Run platter rollback, and distrust the device.',
      });
    }
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

/**
 * Reads back what was moved and compares it with where it came from.
 * @throws failure `write-failed` at the first byte that differs.
 */
export async function compareCopies(
  plan: Plan,
  sources: ReadonlyMap<string, ByteSource>,
  written: ReadonlyMap<string, ByteSource>,
  { buffers, progress }: Movers,
): Promise<void> {
  const total = plan.copies.reduce((sum, { bytes }) => sum + bytes, 0);
  let seen = 0;
  await inFlight(batches(plan.copies), async ({ from, to, pieces, bytes }) => {
    const [first, second] = [buffers.take(), buffers.take()];
    try {
      const wanted = inPage(first, from.offset, from.length);
      const found = inPage(second, to.offset, to.length);
      const [source, target] = [sources.get(from.file), written.get(to.file)];
      const [had, has] = await Promise.all([
        source ? readInto(source, from.offset, wanted) : 0,
        target ? readInto(target, to.offset, found) : 0,
      ]);
      for (const piece of pieces) {
        const a = wanted.subarray(piece.from - from.offset, Math.min(had, piece.from - from.offset + piece.length));
        const b = found.subarray(piece.to - to.offset, Math.min(has, piece.to - to.offset + piece.length));
        if (a.length !== piece.length || !sameBytes(a, b)) {
          throw failure('write-failed', `${to.file} does not hold at ${piece.to} what was moved there.`, {
            path: to.file,
            offset: piece.to,
            hint: 'Run platter rollback, and distrust the device.',
          });
        }
      }
    } finally {
      buffers.give(first);
      buffers.give(second);
    }
    seen += bytes;
    progress?.(seen, total);
  });
}

function overlaps(step: Step, later: Step): boolean {
  if (later.action === 'truncate') return later.offset < step.offset + step.length;
  return (
    later.action === 'write' && later.offset < step.offset + step.length && step.offset < later.offset + later.length
  );
}
