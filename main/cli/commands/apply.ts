import { applyEnvironment } from '../../../app/services/operations/environment.ts';
import { applySaved } from '../../../app/services/operations/saved.ts';
import type { Plan } from '../../../core/plans/plan.ts';
import { type CommandContext, command, EXIT, UsageError } from '../command.ts';
import { exitOf, type Outcome, operationDocument, printApplied, printPlan, refuse, withDocument } from './operation.ts';
import { WRITE_OPTIONS, type WriteOptions, writeTarget } from './repair.ts';

/** No plan is larger; a file that is was not written by --plan. */
const MAX_PLAN = 256 * 1024 * 1024;

export const applyCommand = command<WriteOptions>({
  name: 'apply',
  summary: 'run a plan that was saved with --plan --json',
  description:
    'The plan is refused when the image is not exactly what it was when the plan was made. Before a coalesce, images that read\n' +
    'through one that is written to are looked for again.',
  arguments: [{ name: '<plan>', help: 'the JSON that --plan --json printed' }],
  options: WRITE_OPTIONS,
  exits: {
    0: 'applied and verified, or nothing to do',
    1: 'applied, with errors left',
    3: 'refused: the image has changed, siblings came, the plan loses data, or it is for another place',
  },
  run: ([file = ''], options, context) =>
    withDocument('repair', context.files.resolve(file), context, () => apply(file, options, context)),
});

async function apply(file: string, options: Partial<WriteOptions>, context: CommandContext): Promise<number> {
  const { files, out, json, signal } = context;
  const plan = await readPlan(files.resolve(file), context);
  const target = writeTarget(options, context);
  if (options.plan) {
    await (json ? out.json(plan) : printPlan(plan, context));
    return 0;
  }
  try {
    const done = await applySaved(plan, target, applyEnvironment(), {
      acceptLoss: options.acceptLoss ?? false,
      allowHardLinks: options.allowHardLinks ?? false,
      progress: (phase, at, total) => context.progress.tell(phase, at, total, 'bytes'),
      signal,
    });
    const findingsAfter = done?.findingsAfter ?? plan.findingsBefore;
    const outcome: Outcome = {
      plan,
      applied: done?.applied ?? null,
      findingsAfter,
      guestSha256Before: done?.guestSha256Before ?? null,
      guestSha256After: done?.guestSha256After ?? null,
    };
    if (json) await out.json(operationDocument(outcome));
    else if (done) await printApplied(outcome, context);
    else await out.line('There is nothing to do.');
    return done ? exitOf(findingsAfter) : EXIT.ok;
  } catch (thrown) {
    return refuse(thrown, plan, context);
  }
}

async function readPlan(path: string, { files }: Parameters<typeof printPlan>[1]): Promise<Plan> {
  const file = await files.open(path);
  try {
    if (file.size > MAX_PLAN) throw new UsageError(`${path} is too large to be a plan.`);
    const parsed: unknown = JSON.parse(new TextDecoder().decode(await file.read(0, file.size)));
    const plan = (parsed as { plan?: unknown }).plan ?? parsed;
    if ((plan as Partial<Plan>).schema !== 'platter.plan/1')
      throw new UsageError(`${path} holds no plan of this version.`);
    const { strategy } = plan as { strategy: string | null };
    return { ...(plan as Plan), strategy: strategy ?? '' };
  } catch (thrown) {
    if (thrown instanceof SyntaxError) throw new UsageError(`${path} is no JSON: ${thrown.message}`);
    throw thrown;
  } finally {
    await file.close();
  }
}
