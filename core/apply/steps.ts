import { failure, refusal } from '../errors.ts';
import type { ByteSink } from '../io/sink.ts';
import { type ByteSource, type Signal, throwIfAborted } from '../io/source.ts';
import { Draft } from '../plans/draft.ts';
import type { Copy, Plan, Step } from '../plans/plan.ts';
import { fromHex, toHex } from '../structure/codecs.ts';
import type { TouchedExtent } from './journal.ts';

const CHUNK = 4 * 1024 * 1024;

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

/** Runs the steps and copies of a plan, each structure durable before the next; safe to run again from the start. */
export async function runSteps(
  plan: Plan,
  sinks: ReadonlyMap<string, ByteSink>,
  sources: ReadonlyMap<string, ByteSource>,
  progress?: CopyProgress,
  signal?: Signal,
): Promise<void> {
  await runCopies(plan.copies, sinks, sources, progress, signal);
  const few = plan.steps.length <= 16;
  for (const [index, step] of plan.steps.entries()) {
    const sink = sinkOf(sinks, step.file);
    await runStep(step, sink);
    const next = plan.steps[index + 1];
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
  progress?: CopyProgress,
  signal?: Signal,
): Promise<void> {
  const total = copies.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  const written = new Set<ByteSink>();
  for (const { from, to, bytes } of copies) {
    const source = sources.get(from.file);
    const sink = sinkOf(sinks, to.file);
    written.add(sink);
    for (let moved = 0; moved < bytes; ) {
      throwIfAborted(signal);
      const part = source
        ? await source.read(from.offset + moved, Math.min(CHUNK, bytes - moved), signal)
        : new Uint8Array();
      if (part.length === 0)
        throw failure('short-read', `${from.file} ends before ${from.offset + moved}.`, {
          path: from.file,
          offset: from.offset + moved,
        });
      await sink.write(to.offset + moved, part);
      moved += part.length;
      done += part.length;
      progress?.(done, total);
    }
  }
  for (const sink of written) await sink.sync();
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
  const last = new Map<string, Map<number, Step>>();
  for (const step of plan.steps) {
    if (step.action !== 'write') continue;
    const file = last.get(step.file) ?? new Map<number, Step>();
    last.set(step.file, file.set(step.offset, step));
  }
  for (const [file, steps] of last) {
    const source = sources.get(file);
    const ordered = plan.steps.filter((step) => step.file === file);
    for (const step of steps.values()) {
      const overwritten = ordered.slice(ordered.indexOf(step) + 1).some((later) => overlaps(step, later));
      if (overwritten) continue;
      const here = source ? await source.read(step.offset, step.length) : new Uint8Array();
      if (toHex(here) !== step.after) {
        throw failure('write-failed', `${file} does not hold at ${step.offset} what was written there.`, {
          path: file,
          offset: step.offset,
          hint: 'Run platter rollback, and distrust the device.',
        });
      }
    }
  }
}

/**
 * Reads back what was moved and compares it with where it came from.
 * @throws failure `write-failed` at the first byte that differs.
 */
export async function compareCopies(
  plan: Plan,
  sources: ReadonlyMap<string, ByteSource>,
  written: ReadonlyMap<string, ByteSource>,
  progress?: CopyProgress,
): Promise<void> {
  const total = plan.copies.reduce((sum, { bytes }) => sum + bytes, 0);
  let seen = 0;
  for (const { from, to, bytes } of plan.copies) {
    for (let done = 0; done < bytes; ) {
      const length = Math.min(CHUNK, bytes - done);
      const wanted = await sources.get(from.file)?.read(from.offset + done, length);
      const found = await written.get(to.file)?.read(to.offset + done, length);
      if (
        !wanted ||
        !found ||
        wanted.length !== found.length ||
        !wanted.every((byte, index) => byte === found[index])
      ) {
        throw failure('write-failed', `${to.file} does not hold at ${to.offset + done} what was moved there.`, {
          path: to.file,
          offset: to.offset + done,
          hint: 'Run platter rollback, and distrust the device.',
        });
      }
      done += length;
      seen += length;
      progress?.(seen, total);
    }
  }
}

function overlaps(step: Step, later: Step): boolean {
  if (later.action === 'truncate') return later.offset < step.offset + step.length;
  return (
    later.action === 'write' && later.offset < step.offset + step.length && step.offset < later.offset + later.length
  );
}
