import { type Applied, applyInPlace } from '../../../core/apply/apply.ts';
import type { ApplyEnvironment } from '../../../core/apply/environment.ts';
import { interrupted, undo } from '../../../core/apply/undo.ts';
import { checkOpenImage } from '../../../core/chain/check.ts';
import { GuestDisk } from '../../../core/chain/guest.ts';
import { folderLookup } from '../../../core/chain/lookup.ts';
import { type ChainMember, type OpenChain, openChain } from '../../../core/chain/open.ts';
import type { ParentLookup } from '../../../core/chain/parents.ts';
import type { ImageSummary } from '../../../core/chain/summary.ts';
import { asPlatterError, failure, refusal } from '../../../core/errors.ts';
import { hashGuest } from '../../../core/export/hash.ts';
import type { Finding } from '../../../core/findings/finding.ts';
import { readImage } from '../../../core/image.ts';
import type { Signal } from '../../../core/io/source.ts';
import { type CoalesceEvidence, coalesceRefusals } from '../../../core/plans/coalesce/gates.ts';
import { growthRefusal } from '../../../core/plans/coalesce/grow.ts';
import { type CoalesceMoves, movesToBlocks, movesToFlat } from '../../../core/plans/coalesce/in-place.ts';
import { Draft } from '../../../core/plans/draft.ts';
import { type Plan, stepsOf, undoLength } from '../../../core/plans/plan.ts';
import { pointChild } from '../../../core/plans/relink/relink.ts';
import { findChildren } from '../../../core/plans/vhd/surroundings.ts';
import { findingsAt } from './repair.ts';
import { bytesHeld } from './room.ts';

export interface CoalesceRequest {
  child: string;
  /** Images that were read already: good enough to plan with, and read anew before anything is written. */
  known?: readonly ImageSummary[];
  /** The ancestor that all above it is folded into; the parent by default. */
  into?: string | undefined;
  /** Folders in which siblings and parents are looked for, beside those of child and parent. */
  search: readonly string[];
  inPlace: boolean;
  /** Where the new file goes, for the room it needs. */
  output?: string | undefined;
  /** In place: the child's own children are pointed at the parent. */
  relinkChildren?: boolean | undefined;
  /** In place: the child is moved into the journal when all was read back; undo brings it back. */
  removeChild?: boolean | undefined;
  progress?: ((phase: string, done: number, total: number) => void) | undefined;
  signal?: Signal | undefined;
}

/** A child, its parent and the plan of folding one into the other; close it when done. */
export interface PreparedCoalesce {
  plan: Plan;
  chain: OpenChain;
  /** Index in the chain of the image that is folded into. */
  depth: number;
  evidence: CoalesceEvidence;
  /** Folders in which siblings were looked for. */
  around: string[];
  close(): Promise<void>;
}

/** Plans a coalesce; every reason against it is among the plan's refusals. Nothing is written. */
export async function prepareCoalesce(request: CoalesceRequest, env: ApplyEnvironment): Promise<PreparedCoalesce> {
  const { files } = env;
  const { inPlace, signal } = request;
  const childPath = files.resolve(request.child);
  const folders = [files.folderOf(childPath), ...request.search];
  const lookup = folderLookup(files, folders, request.known);
  const chain = await openChain(childPath, lookup, {}, signal);
  try {
    const [child] = chain.members;
    const depth = request.into === undefined ? 1 : await depthOf(chain, request.into, env);
    const parent = chain.members[depth];
    if (!child || !parent)
      throw refusal('not-a-disk', `${request.child} has no parent to be folded into.`, { path: childPath });
    const folded = chain.members.slice(0, depth + 1);
    for (const { path } of folded) await refuseInterrupted(path, env);
    const around = [...new Set([...folders, ...folded.map(({ path }) => files.folderOf(path))])];
    const check = ({ image, summary }: ChainMember): Promise<Finding[]> =>
      checkOpenImage(image, summary, lookup, files.now(), signal);
    const childFindings = await check(child);
    const evidence: CoalesceEvidence = {
      child,
      parent,
      childFindings,
      parentFindings: (await Promise.all(folded.slice(1).map(check))).flat(),
      siblings: await siblingsOf(folded, lookup, around),
      growth: inPlace ? await growthRefusal(child, parent, chain.members[depth + 1]) : null,
      room: null,
      writers: (await files.holders(child.path)).holders.filter(({ writes }) => writes),
    };
    let refusals = coalesceRefusals(evidence, inPlace);
    const moves = refusals.length === 0 && inPlace ? await movesOf(chain, depth, signal) : null;
    const plan = await planOf(folded, moves, childFindings, env);
    if (refusals.length === 0) {
      evidence.room = inPlace
        ? await roomInPlace(plan, env)
        : await roomForFile(chain, depth, request.output ?? parent.path, env, signal);
      refusals = coalesceRefusals(evidence, inPlace);
    }
    plan.refusals = refusals;
    plan.fold = {
      child: childPath,
      into: parent.path,
      search: [...request.search],
      inPlace,
      relinkChildren: request.relinkChildren ?? false,
      removeChild: request.removeChild ?? false,
    };
    if (inPlace && request.relinkChildren && refusals.length === 0)
      await addChildren(plan, child, parent, lookup, around, env);
    if (inPlace && request.removeChild && plan.refusals.length === 0)
      await addRemoval(plan, child, request.relinkChildren ?? false, lookup, around);
    return { plan, chain, depth, evidence, around, close: () => chain.close() };
  } catch (thrown) {
    await chain.close();
    throw thrown;
  }
}

async function depthOf(chain: OpenChain, into: string, { files }: ApplyEnvironment): Promise<number> {
  const path = files.resolve(into);
  const identity = (await files.info(path))?.identity;
  const depth = chain.members.findIndex(({ summary }) => summary.identity === identity);
  if (depth < 1)
    throw refusal('not-found', `${into} is no ancestor of ${chain.members[0]?.summary.name ?? 'it'}.`, {
      path,
      hint: 'platter scan shows the chain.',
    });
  return depth;
}

async function refuseInterrupted(path: string, env: ApplyEnvironment): Promise<void> {
  if ((await interrupted(path, env)).length === 0) return;
  throw refusal('in-use', `An operation on ${path} was interrupted.`, {
    path,
    hint: 'Finish it with platter resume, or take it back with platter rollback.',
  });
}

/** Images beside the chain that read through one of those folded into: by its id, and those of a raw parent by its place. */
async function siblingsOf(
  folded: readonly ChainMember[],
  lookup: ParentLookup,
  folders: readonly string[],
): Promise<ImageSummary[]> {
  const inside = new Set(folded.map(({ summary }) => summary.identity));
  const out = new Map<string, ImageSummary>();
  for (const { summary } of folded.slice(1)) {
    for (const child of await findChildren(summary, lookup, folders))
      if (!inside.has(child.identity)) out.set(child.identity, child);
  }
  return [...out.values()];
}

async function movesOf(chain: OpenChain, depth: number, signal?: Signal): Promise<CoalesceMoves> {
  const parent = chain.members[depth];
  if (!parent) throw refusal('not-a-disk', 'There is no parent to be folded into.');
  const upper = new GuestDisk(chain.disk.layers.slice(0, depth), true);
  const { vhd } = parent.image;
  if (vhd && vhd.kind !== 'fixed') return movesToBlocks(upper, parent.path, vhd, signal);
  return movesToFlat(upper, parent.path, { draft: new Draft(parent.image.source), raw: vhd === null }, signal);
}

async function planOf(
  folded: readonly ChainMember[],
  moves: CoalesceMoves | null,
  findings: Finding[],
  env: ApplyEnvironment,
): Promise<Plan> {
  const parent = folded[folded.length - 1];
  if (!parent) throw refusal('not-a-disk', 'There is no parent to be folded into.');
  const steps = moves ? stepsOf(moves.draft.edits, parent.path) : [];
  const size = parent.image.source.size;
  const overwritten = (moves?.copies ?? []).reduce(
    (sum, { to, bytes }) => sum + Math.max(0, Math.min(bytes, size - to.offset)),
    0,
  );
  const names = folded.slice(0, -1).map(({ summary }) => summary.name);
  const risks = [
    `${names.join(', ')} ${names.length === 1 ? 'stays as it is; it is' : 'stay as they are; they are'} redundant afterwards.`,
  ];
  if (names.length > 1)
    risks.push(`${names.slice(1).join(', ')} will no longer read as before: only ${names[0] ?? ''} keeps its view.`);
  return {
    schema: 'platter.plan/1',
    kind: 'coalesce',
    strategy: 'coalesce',
    strategies: ['coalesce'],
    notes: [],
    target: parent.path,
    targets: await Promise.all([...folded].reverse().map(({ path }) => fingerprint(path, env))),
    steps,
    stepsBefore: moves?.first ?? 0,
    copies: moves?.copies ?? [],
    lost: [],
    lossy: false,
    draftOnly: false,
    risks: moves ? risks : [],
    refusals: [],
    alternatives: [],
    findingsBefore: findings,
    findingsAfter: [],
    sizeBefore: size,
    sizeAfter: moves ? moves.draft.size : size,
    journalBytes: overwritten + steps.reduce((sum, step) => sum + undoLength(step), 0),
  };
}

async function fingerprint(path: string, env: ApplyEnvironment): Promise<Plan['targets'][number]> {
  const stamp = await env.files.stamp(path);
  if (!stamp) throw refusal('not-found', `${path} is gone.`, { path });
  return { path, identity: stamp.identity, size: stamp.size, modifiedNs: stamp.modifiedNs, metadata: [] };
}

type Room = CoalesceEvidence['room'];

/** What the journal keeps and what the parent grows by. */
async function roomInPlace(plan: Plan, { files }: ApplyEnvironment): Promise<Room> {
  const folder = files.folderOf(plan.target);
  const free = await files.freeSpace(folder).catch(() => Number.POSITIVE_INFINITY);
  return { needed: plan.journalBytes + Math.max(0, plan.sizeAfter - plan.sizeBefore), free, folder };
}

/** Bytes that the images hold of the new file; of a sparse one no more than the file system keeps of it. */
async function roomForFile(
  chain: OpenChain,
  depth: number,
  output: string,
  { files }: ApplyEnvironment,
  signal?: Signal,
): Promise<Room> {
  const folder = files.folderOf(files.resolve(output));
  const free = await files.freeSpace(folder).catch(() => Number.POSITIVE_INFINITY);
  const pair = new GuestDisk(chain.disk.layers.slice(0, depth + 1), true);
  const needed = await bytesHeld(pair, chain.members, { offset: 0, length: pair.size }, signal);
  return { needed, free, folder };
}

/** Steps that point the child's own children at the parent, which holds all of the child by then. */
async function addChildren(
  plan: Plan,
  child: ChainMember,
  parent: ChainMember,
  lookup: ParentLookup,
  folders: readonly string[],
  env: ApplyEnvironment,
): Promise<void> {
  const { files } = env;
  const children = await findChildren(child.summary, lookup, folders);
  if (children.length === 0) return;
  // the time the children remember is the one the parent gets
  const modified = Math.floor(files.now() / 1000) * 1000;
  for (const { path } of children) {
    await refuseInterrupted(path, env);
    const file = await files.open(path);
    try {
      const image = await readImage(path, file);
      if (!image.vhd) continue;
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

/** Has the child put away at the end; its own children must not need it. */
async function addRemoval(
  plan: Plan,
  { path, summary }: ChainMember,
  relinked: boolean,
  lookup: ParentLookup,
  folders: readonly string[],
): Promise<void> {
  const children = relinked ? [] : await findChildren(summary, lookup, folders);
  if (children.length > 0) {
    plan.refusals.push(
      `${children.map(({ name }) => name).join(', ')} read through ${summary.name}, which would be gone: point them at its parent with --relink-children, or leave it where it is.`,
    );
    return;
  }
  plan.removes = [path];
  plan.risks[0] = `${summary.name} is moved into the journal when all was read back; undo brings it back, and the room is free when the journal is removed.`;
}

/** Who cancels while the proof is made wants everything as it was. */
async function takenBackOnCancel<T>({ operation }: Applied, env: ApplyEnvironment, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (asPlatterError(thrown).kind === 'cancelled') await undo(operation, env, {});
    throw thrown;
  }
}

export interface Coalesced {
  applied: Applied;
  findingsAfter: Finding[];
  guestSha256Before: string | null;
  guestSha256After: string | null;
}

/** Guests larger than this are hashed only when a proof is asked for. */
export const HASHED = 64 * 1024 ** 3;

/** Folds the child into its parent itself, on the engine of every plan: journal, copies read back, undo. */
export async function coalesceInPlace(
  { plan, chain, depth }: PreparedCoalesce,
  env: ApplyEnvironment,
  options: {
    prove: boolean;
    /** False: no guest hashes, whatever the size. */
    hash?: boolean;
    allowHardLinks: boolean;
    journal?: string | undefined;
    progress?: CoalesceRequest['progress'];
    signal?: Signal | undefined;
  },
): Promise<Coalesced> {
  const parent = chain.members[depth];
  if (!parent) throw refusal('not-a-disk', 'There is no parent to be folded into.');
  const { files } = env;
  const { allowHardLinks, journal, signal, progress } = options;
  const hashed = options.prove || (options.hash !== false && chain.disk.size <= HASHED);
  const guestSha256Before = hashed ? await hashGuest(chain.disk, files, options) : null;
  const applied = await applyInPlace(plan, env, {
    acceptLoss: false,
    allowHardLinks,
    ...(journal === undefined ? {} : { journal }),
    ...(signal && { signal }),
    progress: (done, total) => progress?.('Moving', done, total),
  });
  const back = await openChain(
    parent.path,
    folderLookup(files, [files.folderOf(parent.path)]),
    parent.image.vhd ? {} : { asRaw: true },
  );
  try {
    const length = chain.disk.size;
    const guestSha256After = hashed
      ? await takenBackOnCancel(applied, env, () =>
          hashGuest(back.disk, files, { ...options, length, phase: 'Reading back' }),
        )
      : null;
    if (guestSha256After !== guestSha256Before) {
      throw failure('write-failed', `${parent.path} does not read as its child did.`, {
        path: parent.path,
        hint: `Take it back with platter undo ${applied.operation}, and distrust the device.`,
      });
    }
    return { applied, findingsAfter: await findingsAt(parent.path, env), guestSha256Before, guestSha256After };
  } finally {
    await back.close();
  }
}
