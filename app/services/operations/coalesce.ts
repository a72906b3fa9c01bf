import { type Applied, applyInPlace } from '../../../core/apply/apply.ts';
import type { ApplyEnvironment } from '../../../core/apply/environment.ts';
import { undo } from '../../../core/apply/undo.ts';
import { checkOpenImage } from '../../../core/chain/check.ts';
import { GuestDisk } from '../../../core/chain/guest.ts';
import { foldersOf } from '../../../core/chain/list.ts';
import { folderLookup } from '../../../core/chain/lookup.ts';
import { type ChainMember, type OpenChain, openChain } from '../../../core/chain/open.ts';
import type { ImageSummary } from '../../../core/chain/summary.ts';
import { asPlatterError, failure, refusal } from '../../../core/errors.ts';
import { hashGuest } from '../../../core/export/hash.ts';
import type { Finding } from '../../../core/findings/finding.ts';
import type { Signal } from '../../../core/io/source.ts';
import { type CoalesceEvidence, coalesceRefusals } from '../../../core/plans/coalesce/gates.ts';
import { growthRefusal, sizeOf } from '../../../core/plans/coalesce/grow.ts';
import { type CoalesceMoves, movesToBlocks, movesToFlat } from '../../../core/plans/coalesce/in-place.ts';
import { Draft } from '../../../core/plans/draft.ts';
import { type Plan, stepsOf, undoLength } from '../../../core/plans/plan.ts';
import { addChildren, addRemoval, fingerprint, siblingsOf } from './family.ts';
import { findingsAt, refuseInterrupted } from './repair.ts';
import { roomForFile, roomsInPlace } from './room.ts';

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
  /** In place: the folder of the journal, where it is not beside the parent. */
  journal?: string | undefined;
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
  const folders = [...new Set([...(await foldersOf(files, [childPath])), ...request.search])];
  const lookup = folderLookup(files, folders, request.known);
  const chain = await openChain(childPath, lookup, {}, signal);
  try {
    const [child] = chain.members;
    const depth = request.into === undefined ? 1 : await depthOf(chain, request.into, env);
    const parent = chain.members[depth];
    if (!child || !parent)
      throw refusal('not-a-disk', `${request.child} has no parent to be folded into.`, { path: childPath });
    const folded = chain.members.slice(0, depth + 1);
    const paths = folded.map(({ path }) => path);
    for (const path of paths) await refuseInterrupted(path, env);
    const around = [...new Set([...folders, ...(await foldersOf(files, paths))])];
    const evidence: CoalesceEvidence = {
      folded: await Promise.all(
        folded.map(async (member) => ({
          member,
          findings: await checkOpenImage(member.image, member.summary, lookup, files.now(), signal),
        })),
      ),
      siblings: await siblingsOf(folded, { lookup, around }),
      growth: inPlace ? await growthRefusal(child, parent, chain.members[depth + 1]) : null,
      rooms: [],
      writers: await writersOf(folded.slice(0, -1), env),
    };
    let refusals = coalesceRefusals(evidence, inPlace);
    const moves = refusals.length === 0 && inPlace ? await movesOf(chain, depth, signal) : null;
    const plan = await planOf(folded, moves, evidence.folded[0]?.findings ?? [], env);
    if (refusals.length === 0) {
      evidence.rooms = inPlace
        ? await roomsInPlace(plan, request.journal, files)
        : [await roomForFile(chain, depth, request.output ?? parent.path, files, signal)];
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
      await addChildren(plan, chain, depth, { lookup, around }, env);
    if (inPlace && request.removeChild && plan.refusals.length === 0)
      await addRemoval(plan, child, request.relinkChildren ?? false, { lookup, around });
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

/** Processes that write to what is read; who writes to what is written to is asked for by whoever writes. */
async function writersOf(
  members: readonly ChainMember[],
  { files }: ApplyEnvironment,
): Promise<CoalesceEvidence['writers']> {
  const out: { name: string; pid: number; command: string }[] = [];
  for (const { path, summary } of members)
    for (const { pid, command, writes } of (await files.holders(path)).holders)
      if (writes) out.push({ name: summary.name, pid, command });
  return out;
}

async function movesOf(chain: OpenChain, depth: number, signal?: Signal): Promise<CoalesceMoves> {
  const parent = chain.members[depth];
  if (!parent) throw refusal('not-a-disk', 'There is no parent to be folded into.');
  const upper = new GuestDisk(chain.disk.layers.slice(0, depth), true);
  const { vhd } = parent.image;
  if (vhd && vhd.kind !== 'fixed') return movesToBlocks(upper, parent.path, vhd, signal);
  const flat = { draft: new Draft(parent.image.source), raw: vhd === null, size: sizeOf(parent) };
  return movesToFlat(upper, parent.path, flat, signal);
}

async function planOf(
  folded: readonly ChainMember[],
  moves: CoalesceMoves | null,
  findings: readonly Finding[],
  env: ApplyEnvironment,
): Promise<Plan> {
  const parent = folded[folded.length - 1];
  if (!parent) throw refusal('not-a-disk', 'There is no parent to be folded into.');
  const steps = moves ? stepsOf(moves.draft.edits, parent.path) : [];
  const size = parent.image.source.size;
  const covers = moves?.covers ?? { offset: size, length: 0 };
  const overwritten = (moves?.copies ?? []).reduce(
    (sum, { to, bytes }) => sum + Math.max(0, Math.min(bytes, covers.offset - to.offset)),
    covers.length,
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
    ...(moves?.covers && { covers: [{ file: parent.path, ...covers }] }),
    lost: [],
    lossy: false,
    draftOnly: false,
    risks: moves ? risks : [],
    refusals: [],
    alternatives: [],
    findingsBefore: [...findings],
    findingsAfter: [],
    sizeBefore: size,
    sizeAfter: moves ? moves.draft.size : size,
    journalBytes: overwritten + steps.reduce((sum, step) => sum + undoLength(step), 0),
  };
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
  { plan, chain, depth, around }: PreparedCoalesce,
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
  const back = await openChain(parent.path, folderLookup(files, around), parent.image.vhd ? {} : { asRaw: true });
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
