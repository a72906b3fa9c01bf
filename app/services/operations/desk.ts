import path from 'node:path';
import type { ApplyEnvironment } from '../../../core/apply/environment.ts';
import type { LogEntry } from '../../../core/apply/log.ts';
import { readLog } from '../../../core/apply/log.ts';
import { resume, rollback, undo } from '../../../core/apply/undo.ts';
import { asPlatterError, refusal } from '../../../core/errors.ts';
import type { Files } from '../../../core/io/files.ts';
import { throwIfAborted } from '../../../core/io/source.ts';
import { needsAcceptLoss, type Plan } from '../../../core/plans/plan.ts';
import type { Input } from '../../contract/contract.ts';
import type { OperationResult, OperationRow, PlanAnswer, SafePlanRow, SafeResultRow } from '../../contract/types.ts';
import type { JobContext } from '../../jobs/jobs.ts';
import { newId } from './environment.ts';
import { applyRepair, planRepairOf, type WriteTarget } from './repair.ts';

export interface DeskParts {
  env: ApplyEnvironment;
  /** The file system as far as this host may see it: what it refuses is not written to either. */
  files: Files;
  /** Images of the case that have findings above info. */
  troubled: () => string[];
  /** Reads files of the case again after they changed, or a new one for the first time. */
  changed: (paths: string[], context: JobContext<never>) => Promise<void>;
}

/** Plans kept for pages: each is some kilobytes, and a page asks for a new one with every click. */
const KEEP_PLANS = 6000;

/** Where pages plan, apply and undo. Plans stay here; a page only names them, so none can be forged. */
export class Desk {
  readonly #parts: DeskParts;
  readonly #plans = new Map<string, { plan: Plan; note: string | null }>();

  /** Files beside the target that an operation changed or put away. */
  readonly #touched = new Map<string, string[]>();

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  async plan({ path: image, strategies }: Input<'repair.plan'>): Promise<PlanAnswer> {
    await this.#refuseOutside(image);
    const plan = await planRepairOf(image, this.#parts.env, { strategies });
    return {
      planId: this.keep(plan),
      plan,
      suggestedOutput: await this.freeName(image),
    };
  }

  /** Keeps a plan for `repair.apply`; `note` is a typed reason, which the log keeps. */
  keep(plan: Plan, note: string | null = null): string {
    const id = newId();
    this.#plans.set(id, { plan, note });
    for (const old of [...this.#plans.keys()].slice(0, Math.max(0, this.#plans.size - KEEP_PLANS)))
      this.#plans.delete(old);
    return id;
  }

  /** Files that have to be looked at again when an operation is undone. */
  remember(operation: string, touched: string[]): void {
    this.#touched.set(operation, touched);
  }

  #kept(planId: string): { plan: Plan; note: string | null } {
    const kept = this.#plans.get(planId);
    if (!kept) throw refusal('changed-since-plan', 'This plan is not known any more.', { hint: 'Make a new plan.' });
    return kept;
  }

  /** A path the host may not open is not written to: its file system refuses it. */
  async #refuseOutside(file: string): Promise<void> {
    await this.#parts.files.info(file);
  }

  /** `disk.repaired.vhd`, `disk.repaired-2.vhd` … beside the image: the first that is not there. */
  async freeName(image: string, word = 'repaired'): Promise<string> {
    const { dir, name, ext } = path.parse(image);
    for (let count = 1; ; count += 1) {
      const candidate = path.join(dir, `${name}.${word}${count === 1 ? '' : `-${count}`}${ext}`);
      if (!(await this.#parts.env.files.stamp(candidate))) return candidate;
    }
  }

  async apply(
    { planId, target, acceptLoss }: Input<'repair.apply'>,
    context: JobContext<never>,
  ): Promise<OperationResult> {
    const { plan, note } = this.#kept(planId);
    const where: WriteTarget = target.kind === 'copy' ? { output: target.output } : { inPlace: true };
    const result = await this.#run(plan, where, acceptLoss, context, note);
    this.#plans.delete(planId);
    await this.#parts.changed([plan.target, ...(result.output === null ? [] : [result.output])], context);
    return result;
  }

  async #run(
    plan: Plan,
    where: WriteTarget,
    acceptLoss: boolean,
    context: JobContext<never>,
    note: string | null = null,
  ): Promise<OperationResult> {
    await this.#refuseOutside(plan.target);
    if ('output' in where) await this.#refuseOutside(where.output);
    const { applied, findingsAfter } = await applyRepair(plan, where, this.#parts.env, {
      acceptLoss,
      ...(note === null ? {} : { note }),
      progress: (done, total) => context.progress('Copying', done, total, 'bytes'),
      signal: context.flag,
    });
    return { ...applied, findingsBefore: plan.findingsBefore, findingsAfter };
  }

  async planAll(context: JobContext<SafePlanRow>): Promise<{ images: number; safe: number }> {
    const images = this.#parts.troubled();
    let safe = 0;
    for (const [done, image] of images.entries()) {
      throwIfAborted(context.flag);
      context.progress('Planning', done, images.length, 'images');
      const row = await this.#safePlan(image);
      if (row.verdict === 'safe') safe += 1;
      context.partial([row]);
    }
    context.progress('Planning', images.length, images.length, 'images');
    return { images: images.length, safe };
  }

  async #safePlan(image: string): Promise<SafePlanRow> {
    const row = { path: image, name: path.basename(image), planId: null, strategies: [], bytesWritten: 0 };
    try {
      await this.#refuseOutside(image);
      const plan = await planRepairOf(image, this.#parts.env, { strategies: null, quick: true });
      const bytesWritten = plan.steps.reduce((sum, step) => sum + (step.action === 'write' ? step.length : 0), 0);
      const planned = { ...row, strategies: plan.strategies, bytesWritten };
      if (plan.steps.length === 0)
        return { ...planned, verdict: 'none', why: plan.refusals[0] ?? 'There is nothing to do.' };
      if (needsAcceptLoss(plan) || plan.draftOnly)
        return { ...planned, verdict: 'lossy', why: 'It would lose data: open its own wizard to see what.' };
      const why = plan.notes.map(({ does }) => does).join(' ');
      return { ...planned, planId: this.keep(plan), verdict: 'safe', why };
    } catch (thrown) {
      const error = asPlatterError(thrown);
      if (error.kind === 'bug' || error.kind === 'cancelled') throw error;
      return { ...row, verdict: 'none', why: error.message };
    }
  }

  async applyAll(
    { planIds, target }: Input<'repair.applyAll'>,
    context: JobContext<SafeResultRow>,
  ): Promise<{ applied: number; failed: number }> {
    const plans = planIds.map((id) => this.#kept(id).plan);
    let applied = 0;
    const touched: string[] = [];
    const silent: JobContext<never> = { ...context, partial: () => undefined, progress: () => undefined };
    for (const [done, plan] of plans.entries()) {
      throwIfAborted(context.flag);
      context.progress('Repairing', done, plans.length, 'images');
      const row = { path: plan.target, name: path.basename(plan.target) };
      try {
        const where: WriteTarget = target === 'copy' ? { output: await this.freeName(plan.target) } : { inPlace: true };
        const result = await this.#run(plan, where, false, silent);
        touched.push(plan.target, ...(result.output === null ? [] : [result.output]));
        applied += 1;
        context.partial([{ ...row, result, error: null }]);
      } catch (thrown) {
        const error = asPlatterError(thrown);
        if (error.kind === 'bug' || error.kind === 'cancelled') throw error;
        context.partial([{ ...row, result: null, error: error.toData() }]);
      }
    }
    context.progress('Repairing', plans.length, plans.length, 'images');
    await this.#parts.changed(touched, silent);
    return { applied, failed: plans.length - applied };
  }

  /** Operations, newest first; of one image, or of all that this host may see. */
  async list(image: string | null): Promise<OperationRow[]> {
    const { entries } = await readLog(this.#parts.env);
    const real = image === null ? null : ((await this.#parts.files.real(image)) ?? image);
    const rows = operationRows(entries);
    const seen: OperationRow[] = [];
    for (const row of rows) {
      const { target, output } = row.entry;
      if (real !== null ? target === real || output === real : await this.#visible(target)) seen.push(row);
    }
    return seen;
  }

  async #visible(file: string): Promise<boolean> {
    return this.#parts.files.info(file).then(
      () => true,
      () => false,
    );
  }

  async undo(operation: string, context: JobContext<never>): Promise<{ notes: string[] }> {
    const row = operationRows((await readLog(this.#parts.env)).entries).find((one) => one.operation === operation);
    if (!row) throw refusal('undo-not-possible', `The log has no operation ${operation}.`);
    await this.#refuseOutside(row.entry.target);
    const { notes } = await undo(operation, this.#parts.env, { signal: context.flag });
    const { target, output } = row.entry;
    const touched = [target, ...(output === null ? [] : [output]), ...(this.#touched.get(operation) ?? [])];
    await this.#parts.changed([...new Set(touched)], context);
    return { notes };
  }

  async resume(image: string, context: JobContext<never>): Promise<{ notes: string[] }> {
    await this.#refuseOutside(image);
    const { notes } = await resume(image, this.#parts.env);
    await this.#parts.changed([image], context);
    return { notes };
  }

  async rollback(image: string, context: JobContext<never>): Promise<{ notes: string[] }> {
    await this.#refuseOutside(image);
    const { notes } = await rollback(image, this.#parts.env);
    await this.#parts.changed([image], context);
    return { notes };
  }
}

/** Lines of the log as operations, newest first, each with what became of it. */
export function operationRows(entries: readonly LogEntry[]): OperationRow[] {
  const byOperation = new Map<string, LogEntry[]>();
  for (const entry of entries) {
    const lines = byOperation.get(entry.operation);
    if (lines) lines.push(entry);
    else byOperation.set(entry.operation, [entry]);
  }
  const rows: OperationRow[] = [];
  for (const [operation, lines] of byOperation) {
    const entry = lines[lines.length - 1];
    if (!entry) continue;
    const done = lines.find(({ event }) => event === 'applied');
    const changes = lines.find((line) => line.changes !== undefined)?.changes;
    const state = entry.event === 'started' ? 'interrupted' : entry.event === 'verified' ? 'applied' : entry.event;
    rows.push({
      operation,
      entry: {
        ...entry,
        outputSha256: done?.outputSha256 ?? entry.outputSha256,
        // a typed reason stands where the operation began
        note: entry.note ?? lines.find(({ note }) => note !== null)?.note ?? null,
        ...(changes === undefined ? {} : { changes }),
      },
      state,
      undoable: state === 'applied',
    });
  }
  for (const row of rows) row.undoable &&= !rows.some((later) => standsOn(later, row));
  return rows.reverse();
}

function standsOn(later: OperationRow, row: OperationRow): boolean {
  return (
    later.entry.serial > row.entry.serial &&
    later.state === 'applied' &&
    later.entry.kind !== 'undo' &&
    later.entry.identity === row.entry.identity
  );
}
