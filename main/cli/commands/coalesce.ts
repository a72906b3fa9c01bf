import { coalesceInPlace, prepareCoalesce } from '../../../app/services/operations/coalesce.ts';
import { applyEnvironment } from '../../../app/services/operations/environment.ts';
import { coalesceToFile } from '../../../app/services/operations/fold-file.ts';
import { searchFolders } from '../../../core/chain/list.ts';
import { refusal } from '../../../core/errors.ts';
import { formatBytes } from '../../../core/structure/text.ts';
import { type CommandContext, command, EXIT, UsageError } from '../command.ts';
import { safe } from '../output.ts';
import { listCoalescable } from './coalescable.ts';
import { exitOf, type Outcome, operationDocument, printApplied, printPlan, refuse, withDocument } from './operation.ts';
import { WRITE_OPTIONS, type WriteOptions, writeTarget } from './repair.ts';

interface CoalesceOptions extends WriteOptions {
  search: string[];
  prove: boolean;
  into: string;
  relinkChildren: boolean;
  hash: boolean;
  removeChild: boolean;
  list: boolean;
}

export const coalesceCommand = command<CoalesceOptions>({
  name: 'coalesce',
  summary: 'fold a child into its parent',
  description:
    'With --output both stay as they are, and the new image has the identity of the child over the parent of its parent; a raw\n' +
    'parent gives a raw image. In place the parent takes the sectors of the child and keeps its id; the child stays whole.',
  arguments: [{ name: '<child...>', help: 'the child; with --list folders and images' }],
  options: [
    { flags: '--into <ancestor>', help: 'fold all of the chain above this ancestor into it, not only into the parent' },
    { flags: '--search <folder...>', help: 'look for siblings in these folders too' },
    { flags: '--relink-children', help: 'with --in-place: point the children of the child at its parent' },
    {
      flags: '--remove-child',
      help: 'with --in-place: move the child into the journal when all was read back; undo brings it back',
    },
    {
      flags: '--list',
      help: 'list hidden images with one child, with what a coalesce moves and frees; nothing is written',
    },
    { flags: '--prove', help: 'hash the guest before and after, also beyond 64 GiB' },
    {
      flags: '--no-hash',
      help: 'do not hash the guest: every run that was moved is read back and compared all the same',
    },
    ...WRITE_OPTIONS.filter(({ flags }) => flags !== '--accept-loss'),
  ],
  exits: {
    0: 'folded, read back and compared',
    3: 'refused before anything was written: siblings, damage, a wrong or missing parent',
  },
  examples: [
    'platter coalesce snap.vhd --output folded.vhd',
    'platter coalesce snap.vhd --in-place',
    'platter coalesce --list /srv/storage',
  ],
  run: (args, options, context) => {
    const { files } = context;
    const [child = '', more] = args;
    if (options.list) return listCoalescable(args, options.search ?? [], context);
    if (more !== undefined) throw new UsageError('One child at a time; --into folds a whole chain.');
    if (options.removeChild && !options.inPlace && !options.plan)
      throw new UsageError('--remove-child goes with --in-place.');
    return withDocument('coalesce', files.resolve(child), context, () => coalesce(child, options, context));
  },
});

async function coalesce(child: string, options: Partial<CoalesceOptions>, context: CommandContext): Promise<number> {
  const { files, out, json, signal } = context;
  const target = writeTarget(options, context);
  const env = applyEnvironment();
  const inPlace = target !== null && 'inPlace' in target;
  const search = await searchFolders(files, options.search ?? []);
  const prepared = await prepareCoalesce(
    {
      child,
      into: options.into,
      search,
      inPlace: inPlace || ((options.plan ?? false) && target === null),
      output: target !== null && 'output' in target ? target.output : undefined,
      journal: target !== null && 'inPlace' in target ? target.journal : undefined,
      relinkChildren: options.relinkChildren,
      removeChild: options.removeChild,
      signal,
    },
    env,
  );
  const { plan } = prepared;
  const planned: Outcome = {
    plan,
    applied: null,
    findingsAfter: [],
    guestSha256Before: null,
    guestSha256After: null,
  };
  try {
    if (options.plan) {
      if (json) await out.json(operationDocument(planned));
      else {
        await printPlan(plan, context);
        await out.line(
          `  ${formatBytes(plan.copies.reduce((sum, { bytes }) => sum + bytes, 0))} to move in ${plan.copies.length} runs; the journal takes ${formatBytes(plan.journalBytes)}`,
        );
      }
      return plan.refusals.length > 0 ? EXIT.refused : EXIT.ok;
    }
    const [reason] = plan.refusals;
    if (reason !== undefined) throw refusal('in-use', reason, { path: plan.target });
    if (target === null)
      throw refusal('needs-target', 'Nothing was written: neither --output FILE nor --in-place was given.', {
        path: plan.target,
      });
    if ('inPlace' in target && plan.copies.length + plan.steps.length === 0) {
      await (json
        ? out.json(operationDocument(planned))
        : out.line('The child holds nothing of its own: there is nothing to do.'));
      return EXIT.ok;
    }
    const common = {
      prove: options.prove ?? false,
      hash: options.hash ?? true,
      progress: (phase: string, at: number, total: number) => context.progress.tell(phase, at, total, 'bytes'),
      signal,
    };
    const done =
      'output' in target
        ? await coalesceToFile(prepared, target.output, env, common)
        : await coalesceInPlace(prepared, env, {
            ...common,
            allowHardLinks: options.allowHardLinks ?? false,
            journal: target.journal,
          });
    const outcome: Outcome = { plan, ...done };
    if (json) await out.json(operationDocument(outcome));
    else {
      await printApplied(outcome, context);
      if (done.guestSha256After !== null)
        await out.line(`  SHA-256 of the guest's view, before and after: ${safe(done.guestSha256After)}`);
    }
    return exitOf(done.findingsAfter);
  } catch (thrown) {
    return await refuse(thrown, plan, context);
  } finally {
    await prepared.close();
  }
}
