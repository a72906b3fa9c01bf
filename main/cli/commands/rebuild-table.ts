import { applyEnvironment } from '../../../app/services/operations/environment.ts';
import { planRebuildOf } from '../../../app/services/operations/rebuild.ts';
import { applyRepair } from '../../../app/services/operations/repair.ts';
import { refusal } from '../../../core/errors.ts';
import type { Proposal } from '../../../core/plans/table/propose.ts';
import { type CommandContext, command, EXIT } from '../command.ts';
import { parseSectorSize } from '../numbers.ts';
import { safe } from '../output.ts';
import { exitOf, type Outcome, operationDocument, printApplied, printPlan, refuse, withDocument } from './operation.ts';
import { WRITE_OPTIONS, type WriteOptions, writeTarget } from './repair.ts';

interface RebuildOptions extends WriteOptions {
  label: 'auto' | 'mbr' | 'gpt';
  everySector: boolean;
  sectorSize: number;
}

export const rebuildTableCommand = command<RebuildOptions>({
  name: 'rebuild-table',
  summary: 'find lost partitions, and write a table back',
  description:
    'Looks for VMFS headers at any sector, for other file systems where partitions begin, and for a surviving copy of a GPT. Start and\n' +
    'end of a volume come from its own header. Entries of the present table that nothing speaks against are kept. Shows the table\n' +
    'with its reasons first; every operation can be undone.',
  arguments: [{ name: '<image>', help: 'a raw image or a block device' }],
  options: [
    {
      flags: '--label <kind>',
      help: 'the kind of table; auto decides by what was found',
      choices: ['auto', 'mbr', 'gpt'],
    },
    {
      flags: '--sector-size <bytes>',
      help: 'of the disk, where neither a table nor a file system shows it',
      parse: parseSectorSize,
    },
    { flags: '--every-sector', help: 'look at every sector for what is lost, however long that takes' },
    ...WRITE_OPTIONS.filter(({ flags }) => flags !== '--accept-loss'),
  ],
  exits: {
    0: 'written and read back, or the table is right already',
    1: 'written, with errors left',
    3: 'refused: nothing was found, or neither --output nor --in-place was given',
  },
  examples: ['platter rebuild-table lun.raw --plan', 'platter rebuild-table lun.raw --output rebuilt.raw'],
  run: ([image = ''], options, context) =>
    withDocument('rebuild-table', context.files.resolve(image), context, () => rebuild(image, options, context)),
});

async function rebuild(image: string, options: Partial<RebuildOptions>, context: CommandContext): Promise<number> {
  const { files, out, json, signal, progress } = context;
  const env = applyEnvironment();
  const target = writeTarget(options, context);
  const { plan, rebuild: proposal } = await planRebuildOf(files.resolve(image), env, {
    label: options.label ?? 'auto',
    everySector: options.everySector ?? false,
    sectorSize: options.sectorSize,
    signal,
    progress: (done, total) => progress.tell(`Search ${image}`, done, total, 'bytes'),
  });
  progress.clear();
  const planned: Outcome = {
    plan,
    applied: null,
    findingsAfter: plan.findingsAfter,
    guestSha256Before: null,
    guestSha256After: null,
  };
  const document = (outcome: Outcome): object => ({
    ...operationDocument(outcome),
    rebuild: proposal && { ...proposal, partitions: proposal.partitions.map(({ from: _, ...partition }) => partition) },
  });
  const nothing = plan.steps.length === 0;
  if (options.plan || (nothing && plan.refusals.length === 0)) {
    if (json) await out.json(document(planned));
    else {
      await printProposal(proposal, nothing, context);
      await printPlan(plan, context);
    }
    return nothing && plan.refusals.length > 0 ? EXIT.refused : EXIT.ok;
  }
  try {
    if (nothing) throw refusal('no-strategy', plan.refusals[0] ?? 'There is nothing to do.', { path: plan.target });
    if (target === null)
      throw refusal('needs-target', 'Nothing was written: neither --output FILE nor --in-place was given.', {
        path: plan.target,
      });
    if (!json) {
      await printProposal(proposal, false, context);
      await printPlan(plan, context);
    }
    const done = await applyRepair(plan, target, env, {
      acceptLoss: false,
      allowHardLinks: options.allowHardLinks ?? false,
      signal,
    });
    const outcome: Outcome = { ...planned, ...done };
    await (json ? out.json(document(outcome)) : printApplied(outcome, context));
    return exitOf(done.findingsAfter);
  } catch (thrown) {
    return refuse(thrown, plan, context);
  }
}

async function printProposal(proposal: Proposal | null, right: boolean, { out }: CommandContext): Promise<void> {
  if (!proposal) return;
  const kind = proposal.label === 'gpt' ? 'GPT' : 'MBR';
  const unit = proposal.sectorSize === 512 ? '' : `, in sectors of ${proposal.sectorSize} bytes`;
  await out.line(
    right ? `The table, a ${kind}, is right already${unit}.` : `Proposed ${kind} (${proposal.confidence})${unit}`,
  );
  for (const { number, start, end, sectors, typeName, reason, from } of proposal.partitions) {
    await out.line(`  ${number}  ${start}–${end}  ${sectors} sectors  ${typeName}: ${safe(reason)}`);
    if (from && (from.end !== end || from.start !== start))
      await out.line(`     now ${from.start}–${from.end}  ${from.typeName}`);
  }
}
