import { applyEnvironment } from '../../../app/services/operations/environment.ts';
import { planRelink, type RelinkCandidate } from '../../../app/services/operations/relink.ts';
import { applyRepair } from '../../../app/services/operations/repair.ts';
import { searchFolders } from '../../../core/chain/list.ts';
import { refusal } from '../../../core/errors.ts';
import { formatBytes } from '../../../core/structure/text.ts';
import { type CommandContext, command, EXIT, UsageError } from '../command.ts';
import { safe } from '../output.ts';
import { exitOf, type Outcome, operationDocument, printApplied, printPlan, refuse, withDocument } from './operation.ts';
import { WRITE_OPTIONS, type WriteOptions, writeTarget } from './repair.ts';

interface RelinkOptions extends WriteOptions {
  parent: string;
  search: string[];
  acceptIdMismatch: boolean;
  reason: string;
}

export const relinkCommand = command<RelinkOptions>({
  name: 'relink',
  summary: 'point a child at its parent again',
  description:
    'Writes name and locators of the parent into the header of the child. Without --parent the files with the right id are looked\n' +
    'for, and the only one is taken. A parent with another id needs --accept-id-mismatch with a reason, which the log keeps.',
  arguments: [{ name: '<child>', help: 'the child whose parent was moved or lost' }],
  options: [
    { flags: '--parent <file>', help: 'the parent' },
    { flags: '--search <folder...>', help: 'look for the parent by its id in these folders too' },
    { flags: '--accept-id-mismatch', help: 'take a parent whose id is not the one the child names' },
    { flags: '--reason <text>', help: 'why, with --accept-id-mismatch' },
    ...WRITE_OPTIONS.filter(({ flags }) => flags !== '--accept-loss'),
  ],
  exits: {
    0: 'pointed, or nothing to do',
    1: 'applied, with errors left',
    3: 'refused: no parent, several, or a wrong one',
  },
  examples: [
    'platter relink snap.vhd --parent ../templates/base.vhd --plan',
    'platter relink snap.vhd --search /mnt/old-sr --in-place',
  ],
  run: ([child = ''], options, context) =>
    withDocument('relink', context.files.resolve(child), context, () => relink(child, options, context)),
});

async function printCandidates(candidates: readonly RelinkCandidate[], { out, shown }: CommandContext): Promise<void> {
  for (const { path, via, idMatches, sizeMatches, timeMatches, virtualSize, content } of candidates) {
    await out.line(`${out.style('bold', safe(shown(path)))} (${safe(via)})`);
    await out.line(
      `  id ${idMatches ? 'is the right one' : out.style('red', 'differs')}; size ${formatBytes(virtualSize ?? 0)} ${sizeMatches ? 'is the child’s' : 'differs'}; time ${timeMatches ? 'is the one remembered' : 'differs'}`,
    );
    await out.line(`  content: ${safe(content.why)}`);
  }
}

async function relink(child: string, options: Partial<RelinkOptions>, context: CommandContext): Promise<number> {
  const { files, out, json, signal } = context;
  const env = applyEnvironment();
  const target = writeTarget(options, context);
  const reason = options.reason?.trim() ?? '';
  if (options.acceptIdMismatch && reason === '') throw new UsageError('--accept-id-mismatch needs --reason TEXT.');
  const { plan, candidates } = await planRelink(
    {
      child,
      parent: options.parent ?? null,
      search: await searchFolders(files, options.search ?? []),
      output: target !== null && 'output' in target ? target.output : null,
      acceptIdMismatch: options.acceptIdMismatch ? reason : null,
      signal,
    },
    env,
  );
  const planned: Outcome = {
    plan,
    applied: null,
    findingsAfter: plan.findingsBefore,
    guestSha256Before: null,
    guestSha256After: null,
  };
  const document = (outcome: Outcome): object => ({ ...operationDocument(outcome), candidates });
  const nothing = plan.steps.length === 0 && plan.refusals.length === 0;
  if (options.plan || nothing) {
    if (json) await out.json(document(planned));
    else {
      await printCandidates(candidates, context);
      await printPlan(plan, context);
    }
    return plan.refusals.length > 0 ? EXIT.refused : EXIT.ok;
  }
  try {
    const [against] = plan.refusals;
    if (against !== undefined) {
      if (!json) await printCandidates(candidates, context);
      throw refusal('parent-missing', against, { path: plan.target });
    }
    if (target === null)
      throw refusal('needs-target', 'Nothing was written: neither --output FILE nor --in-place was given.', {
        path: plan.target,
      });
    if (!json) await printPlan(plan, context);
    const done = await applyRepair(plan, target, env, {
      acceptLoss: false,
      allowHardLinks: options.allowHardLinks ?? false,
      ...(reason === '' ? {} : { note: reason }),
      signal,
    });
    const outcome: Outcome = { ...planned, ...done };
    await (json ? out.json(document(outcome)) : printApplied(outcome, context));
    return exitOf(done.findingsAfter);
  } catch (thrown) {
    return refuse(thrown, plan, context);
  }
}
