import type { Applied } from '../../../core/apply/apply.ts';
import { PlatterError } from '../../../core/errors.ts';
import type { Finding } from '../../../core/findings/finding.ts';
import { needsAcceptLoss, type Plan, type PlanKind, type Step } from '../../../core/plans/plan.ts';
import { formatBytes, formatOffset } from '../../../core/structure/text.ts';
import { type CommandContext, EXIT } from '../command.ts';
import { safe } from '../output.ts';

/** What became of a plan. */
export interface Outcome {
  plan: Plan;
  applied: Applied | null;
  findingsAfter: Finding[];
  guestSha256Before: string | null;
  guestSha256After: string | null;
}

/** The plan as `platter.operation/1` shows it; as a whole it can be saved and given to `platter apply`. */
export function operationDocument({
  plan,
  applied,
  findingsAfter,
  guestSha256Before,
  guestSha256After,
}: Outcome): object {
  return {
    schema: 'platter.operation/1',
    operation: applied?.operation ?? null,
    plan: {
      ...plan,
      strategy: plan.strategy === '' ? null : plan.strategy,
      copies: plan.copies.map(({ from, to, bytes }) => ({ from, to, bytes })),
    },
    applied: applied !== null,
    output: applied?.output ?? null,
    journal: applied?.journal ?? null,
    findingsBefore: plan.findingsBefore,
    findingsAfter,
    guestSha256Before,
    guestSha256After,
  };
}

/** Prints a plan for people: what is wrong, what would be written where and why, what is lost. */
export async function printPlan(plan: Plan, { out, shown }: CommandContext): Promise<void> {
  const bad = plan.findingsBefore.filter(({ severity }) => severity !== 'info');
  await out.line(
    `${out.style('bold', safe(shown(plan.target)))}: ${bad.length === 0 ? 'nothing is wrong' : `${bad.length} ${bad.length === 1 ? 'finding' : 'findings'}`}`,
  );
  for (const { severity, code, message } of bad) {
    await out.line(`  ${out.style(severity === 'error' ? 'red' : 'yellow', severity)} ${code}: ${safe(message)}`);
  }
  if (plan.steps.length > 0) await out.line();
  for (const note of plan.notes)
    await out.line(`${out.style('bold', note.id)} (${note.confidence}): ${note.does} ${note.keeps}`);
  for (const step of plan.steps) await out.line(`  ${describeStep(step)}`);
  if (plan.sizeAfter !== plan.sizeBefore)
    await out.line(
      `  size ${formatBytes(plan.sizeBefore)} → ${formatBytes(plan.sizeAfter)} (${plan.sizeBefore} → ${plan.sizeAfter} bytes)`,
    );
  for (const { offset, length } of plan.lost) {
    await out.line(
      `  ${out.style('red', 'lost')}: ${formatBytes(length)} at guest offset ${formatOffset(offset)} (${offset}, ${length} bytes)`,
    );
  }
  if (needsAcceptLoss(plan) && plan.lost.length === 0)
    await out.line(`  ${out.style('red', 'may lose data')}: see the risks`);
  for (const risk of plan.risks) await out.line(`  ${out.style('yellow', 'risk')}: ${safe(risk)}`);
  for (const reason of plan.refusals) await out.line(`  ${out.style('yellow', 'not done')}: ${safe(reason)}`);
  for (const other of plan.alternatives)
    await out.line(`  ${out.style('dim', 'or')}: --strategy ${other.id}: ${other.does}`);
}

function describeStep({ action, offset, length, why, field, structure }: Step): string {
  const what = [structure, field].filter(Boolean).join('.');
  switch (action) {
    case 'write':
      return `write ${length} bytes at ${formatOffset(offset)}${what === '' ? '' : ` (${what})`}: ${why}`;
    case 'truncate':
      return `cut ${length} bytes at ${formatOffset(offset)}: ${why}`;
    case 'times':
      return `keep the modification time: ${why}`;
  }
}

/** Prints what was done, and what to do when it was not right. */
export async function printApplied(
  { plan, applied, findingsAfter }: Outcome,
  { out, shown }: CommandContext,
): Promise<void> {
  if (!applied) return;
  const where = applied.output === null ? `in place` : `to ${safe(shown(applied.output))}`;
  const left = findingsAfter.filter(({ severity }) => severity !== 'info');
  await out.line();
  await out.line(
    `${out.style('green', 'Applied')} ${plan.strategies.join(', ')} ${where} and read back: ${left.length === 0 ? 'nothing is wrong any more' : `still ${left.map(({ code }) => code).join(', ')}`}.`,
  );
  for (const note of applied.notes) await out.line(`  ${safe(note)}`);
  await out.line(`  Take it back with: platter undo ${applied.operation}`);
}

/** Exit code of an applied plan: 1 when errors are left. */
export function exitOf(findingsAfter: readonly Finding[]): number {
  return findingsAfter.some(({ severity }) => severity === 'error') ? EXIT.findings : EXIT.ok;
}

/** What has been answered with a document already: it is not printed a second time. */
const answered = new WeakSet<PlatterError>();

/**
 * Runs a command that writes. What is refused before there is a plan, as where the file is not there, is answered with --json by
 * the document of an empty plan for `target`, too.
 */
export async function withDocument(
  kind: PlanKind,
  target: string,
  context: CommandContext,
  work: () => Promise<number>,
): Promise<number> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof PlatterError) || thrown.kind !== 'refusal' || answered.has(thrown)) throw thrown;
    return refuse(thrown, emptyPlan(kind, target), context);
  }
}

function emptyPlan(kind: PlanKind, target: string): Plan {
  return {
    schema: 'platter.plan/1',
    kind,
    strategy: '',
    strategies: [],
    notes: [],
    target,
    targets: [],
    steps: [],
    copies: [],
    lost: [],
    draftOnly: false,
    lossy: false,
    risks: [],
    refusals: [],
    alternatives: [],
    findingsBefore: [],
    findingsAfter: [],
    sizeBefore: 0,
    sizeAfter: 0,
    journalBytes: 0,
  };
}

/** Prints the document of a plan that was refused, with the reason among its refusals, and lets the frame say the rest. */
export async function refuse(thrown: unknown, plan: Plan, context: CommandContext): Promise<never> {
  if (context.json && thrown instanceof PlatterError) {
    answered.add(thrown);
    const refused = {
      ...plan,
      refusals: [thrown.message, ...plan.refusals.filter((reason) => reason !== thrown.message)],
    };
    await context.out.json(
      operationDocument({
        plan: refused,
        applied: null,
        findingsAfter: plan.findingsBefore,
        guestSha256Before: null,
        guestSha256After: null,
      }),
    );
  }
  throw thrown;
}
