import { applyEnvironment } from '../../../app/services/operations/environment.ts';
import { applyRepair, planRepairOf, type WriteTarget } from '../../../app/services/operations/repair.ts';
import { searchFolders } from '../../../core/chain/list.ts';
import { refusal } from '../../../core/errors.ts';
import { REPAIR_STRATEGIES, type RepairStrategy } from '../../../core/findings/finding.ts';
import { type CommandContext, command, EXIT, UsageError } from '../command.ts';
import { exitOf, type Outcome, operationDocument, printApplied, printPlan, refuse, withDocument } from './operation.ts';

export interface WriteOptions {
  plan: boolean;
  acceptLoss: boolean;
  output: string;
  inPlace: boolean;
  journal: string;
  allowHardLinks: boolean;
}

/** Options of every command that writes. */
export const WRITE_OPTIONS = [
  { flags: '--plan', help: 'print the plan and write nothing' },
  { flags: '--accept-loss', help: 'go on although the plan loses data; it says which' },
  { flags: '--output <file>', help: 'write the result to a new file and leave the image as it is' },
  { flags: '--in-place', help: 'change the image itself; what it was is kept in a journal beside it' },
  { flags: '--journal <folder>', help: 'keep the journal of --in-place in another folder' },
  { flags: '--allow-hard-links', help: 'change a file in place that has other names' },
] as const;

/** Where the result goes; null when neither place was named. */
export function writeTarget(options: Partial<WriteOptions>, { files }: CommandContext): WriteTarget | null {
  if (options.output !== undefined && options.inPlace)
    throw new UsageError('--output and --in-place exclude each other.');
  if (options.journal !== undefined && !options.inPlace) throw new UsageError('--journal goes with --in-place.');
  if (options.output !== undefined) return { output: files.resolve(options.output) };
  if (!options.inPlace) return null;
  return options.journal === undefined ? { inPlace: true } : { inPlace: true, journal: files.resolve(options.journal) };
}

interface RepairOptions extends WriteOptions {
  strategy: RepairStrategy[];
  search: string[];
}

export const repairCommand = command<RepairOptions>({
  name: 'repair',
  summary: 'repair a damaged image, with a plan first',
  description:
    'Plans the repair, shows what would be written where and why, and what is lost if anything. Only a plan that loses nothing is applied without --accept-loss. Every operation can be undone.',
  arguments: [{ name: '<image>', help: 'the damaged image' }],
  options: [
    { flags: '--strategy <id...>', help: 'these strategies in this order, and no others', choices: REPAIR_STRATEGIES },
    { flags: '--search <folder...>', help: 'look for parents and children in these folders too' },
    ...WRITE_OPTIONS,
  ],
  exits: {
    0: 'applied and verified, or nothing to do',
    1: 'applied, with errors left',
    3: 'refused: nothing that can be done without loss, or neither --output nor --in-place was given',
  },
  examples: [
    'platter repair disk.vhd --plan',
    'platter repair disk.vhd --output fixed.vhd',
    'platter repair disk.vhd --in-place',
  ],
  run: ([image = ''], options, context) =>
    withDocument('repair', context.files.resolve(image), context, () => repair(image, options, context)),
});

async function repair(image: string, options: Partial<RepairOptions>, context: CommandContext): Promise<number> {
  const { files, out, json, signal } = context;
  const env = applyEnvironment();
  const target = writeTarget(options, context);
  const search = await searchFolders(files, options.search ?? []);
  const plan = await planRepairOf(files.resolve(image), env, {
    strategies: options.strategy ?? null,
    search,
    signal,
  });
  const planned: Outcome = {
    plan,
    applied: null,
    findingsAfter: plan.findingsAfter,
    guestSha256Before: null,
    guestSha256After: null,
  };
  const nothing = plan.steps.length === 0;
  if (options.plan || (nothing && plan.refusals.length === 0)) {
    await (json ? out.json(operationDocument(planned)) : printPlan(plan, context));
    return nothing && plan.refusals.length > 0 ? EXIT.refused : EXIT.ok;
  }
  try {
    if (nothing) throw refusal('no-strategy', plan.refusals[0] ?? 'There is nothing to do.', { path: plan.target });
    if (target === null) {
      throw refusal('needs-target', 'Nothing was written: neither --output FILE nor --in-place was given.', {
        path: plan.target,
      });
    }
    if (!json) await printPlan(plan, context);
    const { applied, findingsAfter } = await applyRepair(plan, target, env, {
      acceptLoss: options.acceptLoss ?? false,
      allowHardLinks: options.allowHardLinks ?? false,
      signal,
    });
    const outcome: Outcome = { ...planned, applied, findingsAfter };
    await (json ? out.json(operationDocument(outcome)) : printApplied(outcome, context));
    return exitOf(findingsAfter);
  } catch (thrown) {
    return refuse(thrown, plan, context);
  }
}
