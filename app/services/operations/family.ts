import type { ApplyEnvironment } from '../../../core/apply/environment.ts';
import { GuestDisk, type GuestRun } from '../../../core/chain/guest.ts';
import { layerOf } from '../../../core/chain/layer.ts';
import type { ChainMember, OpenChain } from '../../../core/chain/open.ts';
import type { ParentLookup } from '../../../core/chain/parents.ts';
import { guestRuns } from '../../../core/chain/stream.ts';
import type { ImageSummary } from '../../../core/chain/summary.ts';
import { refusal } from '../../../core/errors.ts';
import { readImage } from '../../../core/image.ts';
import { type Plan, undoLength } from '../../../core/plans/plan.ts';
import { pointChild } from '../../../core/plans/relink/relink.ts';
import { findChildren } from '../../../core/plans/vhd/surroundings.ts';
import { refuseInterrupted } from './repair.ts';

/** Where an image's relatives are looked for. */
interface Around {
  lookup: ParentLookup;
  around: readonly string[];
}

/** Images beside the chain that read through one of those folded into: by its id, and those of a raw parent by its place. */
export async function siblingsOf(folded: readonly ChainMember[], { lookup, around }: Around): Promise<ImageSummary[]> {
  const inside = new Set(folded.map(({ summary }) => summary.identity));
  const out = new Map<string, ImageSummary>();
  for (const { summary } of folded.slice(1)) {
    for (const child of await findChildren(summary, lookup, around))
      if (!inside.has(child.identity)) out.set(child.identity, child);
  }
  return [...out.values()];
}

export async function fingerprint(path: string, env: ApplyEnvironment): Promise<Plan['targets'][number]> {
  const stamp = await env.files.stamp(path);
  if (!stamp) throw refusal('not-found', `${path} is gone.`, { path });
  return { path, identity: stamp.identity, size: stamp.size, modifiedNs: stamp.modifiedNs, metadata: [] };
}

/** Steps that point the child's own children at the parent, which holds all of the child by then. */
export async function addChildren(
  plan: Plan,
  chain: OpenChain,
  depth: number,
  { lookup, around }: Around,
  env: ApplyEnvironment,
): Promise<void> {
  const { files } = env;
  const child = chain.members[0];
  const parent = chain.members[depth];
  const children = child ? await findChildren(child.summary, lookup, around) : [];
  if (!child || !parent || children.length === 0) return;
  // the time the children remember is the one the parent gets
  const modified = Math.floor(files.now() / 1000) * 1000;
  for (const { path, name } of children) {
    await refuseInterrupted(path, env);
    const file = await files.open(path);
    try {
      const image = await readImage(path, file);
      if (!image.vhd) continue;
      const below = new GuestDisk([layerOf(image), ...chain.disk.layers.slice(depth)], chain.disk.incomplete);
      const shown = await behind(below, chain.disk.size);
      if (shown) {
        plan.refusals.push(
          `${name} reads zeros behind the end of ${child.summary.name}, and would see what ${parent.summary.name} holds there (${shown.length} bytes at guest offset ${shown.at}): leave out --relink-children, so that it stays a child of ${child.summary.name}, or write a new file with --output.`,
        );
        continue;
      }
      const { steps } = await pointChild({
        path,
        image: image.vhd,
        findings: [],
        parent: parent.summary,
        folder: files.folderOf(path),
        adopt: { modified },
      });
      plan.steps.push(...steps);
      plan.targets.push(await fingerprint(path, env));
      plan.journalBytes += steps.reduce((sum, step) => sum + undoLength(step), 0);
    } finally {
      await file.close();
    }
  }
  plan.steps.push({
    action: 'times',
    file: parent.path,
    offset: 0,
    before: null,
    after: null,
    length: 0,
    why: 'The time that the children remember.',
    field: null,
    structure: null,
    modifiedNs: `${modified}000000`,
  });
  plan.risks.push(`${children.map(({ name }) => name).join(', ')} will name ${parent.summary.name} as parent.`);
}

/** The first run from `end` on that an image's new parents would answer for; null when they hold nothing there. */
async function behind(disk: GuestDisk, end: number): Promise<GuestRun | null> {
  for await (const run of guestRuns(disk, end, Math.max(0, disk.size - end)))
    if (run.state !== 'zero' && run.owner !== 0) return run;
  return null;
}

/** Has the child put away at the end; its own children must not need it. */
export async function addRemoval(
  plan: Plan,
  { path, summary }: ChainMember,
  relinked: boolean,
  { lookup, around }: Around,
): Promise<void> {
  const children = relinked ? [] : await findChildren(summary, lookup, around);
  if (children.length > 0) {
    plan.refusals.push(
      `${children.map(({ name }) => name).join(', ')} read through ${summary.name}, which would be gone: point them at its parent with --relink-children, or leave it where it is.`,
    );
    return;
  }
  plan.removes = [path];
  plan.risks[0] = `${summary.name} is moved into the journal when all was read back; undo brings it back, and the room is free when the journal is removed.`;
}
