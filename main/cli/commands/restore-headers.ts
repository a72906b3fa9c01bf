import { applyEnvironment } from '../../../app/services/operations/environment.ts';
import { planRestoreOf } from '../../../app/services/operations/headers/restore.ts';
import { applyRepair } from '../../../app/services/operations/repair.ts';
import { refusal } from '../../../core/errors.ts';
import type { Plan } from '../../../core/plans/plan.ts';
import { formatBytes } from '../../../core/structure/text.ts';
import { type CommandContext, command, EXIT, UsageError } from '../command.ts';
import { safe } from '../output.ts';
import { exitOf, type Outcome, operationDocument, printApplied, printPlan, refuse, withDocument } from './operation.ts';
import { WRITE_OPTIONS, type WriteOptions, writeTarget } from './repair.ts';

interface RestoreOptions extends WriteOptions {
  to: string;
}

export const restoreHeadersCommand = command<RestoreOptions>({
  name: 'restore-headers',
  summary: 'put a backup of headers back',
  description:
    'Writes back what differs of a backup that backup-headers made, after its hashes were compared; or of a file with the first\n' +
    'sectors of the disk, as dd makes it. A backup of another disk is refused; where only a person can tell, or another file system\n' +
    'would be overwritten, it is written with --accept-loss. Every operation can be undone.',
  arguments: [{ name: '<backup>', help: 'the backup’s folder, or a file with the first 4096 sectors of the disk' }],
  options: [{ flags: '--to <image>', help: 'the raw image or block device it was made of' }, ...WRITE_OPTIONS],
  exits: {
    0: 'written and read back, or all of it stands there already',
    1: 'written, with errors left',
    3: 'refused: damaged, of another disk, a loss that was not accepted, or neither --output nor --in-place was given',
  },
  examples: [
    'platter restore-headers /srv/headers/sdf-20261121T031500Z --to lun.raw --plan',
    'platter restore-headers vmfsheader-bu-sdf.hex --to lun.raw --output restored.raw',
  ],
  run([backup = ''], options, context) {
    if (options.to === undefined) throw new UsageError('Say --to IMAGE.');
    const image = context.files.resolve(options.to);
    return withDocument('restore-headers', image, context, () => restore(backup, image, options, context));
  },
});

async function restore(
  backup: string,
  image: string,
  options: Partial<RestoreOptions>,
  context: CommandContext,
): Promise<number> {
  const { files, out, json, signal } = context;
  const env = applyEnvironment();
  const target = writeTarget(options, context);
  const { plan } = await planRestoreOf(files.resolve(backup), image, env, signal);
  const planned: Outcome = {
    plan,
    applied: null,
    findingsAfter: plan.findingsAfter,
    guestSha256Before: null,
    guestSha256After: null,
  };
  if (options.plan || plan.strategies.length === 0) {
    if (json) await out.json(operationDocument(planned));
    else {
      await printPlan(plan, context);
      await printMoved(plan, context);
    }
    return EXIT.ok;
  }
  try {
    if (target === null)
      throw refusal('needs-target', 'Nothing was written: neither --output FILE nor --in-place was given.', {
        path: plan.target,
      });
    if (!json) {
      await printPlan(plan, context);
      await printMoved(plan, context);
    }
    const done = await applyRepair(plan, target, env, {
      acceptLoss: options.acceptLoss ?? false,
      allowHardLinks: options.allowHardLinks ?? false,
      signal,
    });
    const outcome: Outcome = { ...planned, ...done };
    await (json ? out.json(operationDocument(outcome)) : printApplied(outcome, context));
    return exitOf(done.findingsAfter);
  } catch (thrown) {
    return refuse(thrown, plan, context);
  }
}

/** Metadata is moved as a whole: it is said how much, and from where. */
async function printMoved({ copies, strategies }: Plan, { out, shown }: CommandContext): Promise<void> {
  if (strategies.length === 0) await out.line('All of the backup stands there already.');
  const sizes = new Map<string, number>();
  for (const { from, bytes } of copies) sizes.set(from.file, (sizes.get(from.file) ?? 0) + bytes);
  for (const [file, bytes] of sizes) await out.line(`  move ${formatBytes(bytes)} from ${safe(shown(file))}`);
}
