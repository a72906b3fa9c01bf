import { type Applied, applyInPlace } from '../../../core/apply/apply.ts';
import type { ApplyEnvironment } from '../../../core/apply/environment.ts';
import { interrupted } from '../../../core/apply/undo.ts';
import { checkOpenImage } from '../../../core/chain/check.ts';
import { GuestDisk } from '../../../core/chain/guest.ts';
import { layerOf } from '../../../core/chain/layer.ts';
import { folderLookup } from '../../../core/chain/lookup.ts';
import { type ChainMember, type OpenChain, openChain } from '../../../core/chain/open.ts';
import type { ParentLookup } from '../../../core/chain/parents.ts';
import { guestChunks } from '../../../core/chain/stream.ts';
import type { ImageSummary } from '../../../core/chain/summary.ts';
import { refusal } from '../../../core/errors.ts';
import { BlockWriter, type DiskWriter, FlatWriter } from '../../../core/export/writers.ts';
import type { Finding } from '../../../core/findings/finding.ts';
import { buildVhd } from '../../../core/formats/vhd/build/build.ts';
import { vhdUtilLocators } from '../../../core/formats/vhd/build/locators.ts';
import type { ParentSpec, VhdSpec } from '../../../core/formats/vhd/build/spec.ts';
import { FOOTER_LENGTH } from '../../../core/formats/vhd/constants.ts';
import type { ByteSink } from '../../../core/io/sink.ts';
import { type Signal, throwIfAborted } from '../../../core/io/source.ts';
import { readSparse } from '../../../core/io/sparse.ts';
import { coalesceRefusals } from '../../../core/plans/coalesce/gates.ts';
import { type CoalesceMoves, movesToBlocks, movesToFlat } from '../../../core/plans/coalesce/in-place.ts';
import { Draft } from '../../../core/plans/draft.ts';
import { type Plan, stepsOf, undoLength } from '../../../core/plans/plan.ts';
import { findChildren, relativePath } from '../../../core/plans/vhd/surroundings.ts';
import { makeFile } from './make-file.ts';
import { findingsAt } from './repair.ts';

export interface CoalesceRequest {
  child: string;
  /** Folders in which siblings and parents are looked for, beside those of child and parent. */
  search: readonly string[];
  inPlace: boolean;
  progress?: ((phase: string, done: number, total: number) => void) | undefined;
  signal?: Signal | undefined;
}

/** A child, its parent and the plan of folding one into the other; close it when done. */
export interface PreparedCoalesce {
  plan: Plan;
  chain: OpenChain;
  close(): Promise<void>;
}

/** Plans a coalesce; every reason against it is among the plan's refusals. Nothing is written. */
export async function prepareCoalesce(request: CoalesceRequest, env: ApplyEnvironment): Promise<PreparedCoalesce> {
  const { files } = env;
  const childPath = files.resolve(request.child);
  const folders = [files.folderOf(childPath), ...request.search];
  const lookup = folderLookup(files, folders);
  const chain = await openChain(childPath, lookup, {}, request.signal);
  try {
    const [child, parent] = chain.members;
    if (!child || !parent)
      throw refusal('not-a-disk', `${request.child} has no parent to be folded into.`, { path: childPath });
    for (const { path } of [child, parent]) {
      if ((await interrupted(path, env)).length > 0) {
        throw refusal('in-use', `An operation on ${path} was interrupted.`, {
          path,
          hint: 'Finish it with platter resume, or take it back with platter rollback.',
        });
      }
    }
    const evidence = {
      child,
      parent,
      childFindings: await checkOpenImage(child.image, child.summary, lookup, files.now(), request.signal),
      parentFindings: await checkOpenImage(parent.image, parent.summary, lookup, files.now(), request.signal),
      siblings: await siblingsOf(child, parent, lookup, [...folders, files.folderOf(parent.path)]),
    };
    const refusals = coalesceRefusals(evidence, request.inPlace);
    const moves = refusals.length === 0 && request.inPlace ? await movesOf(child, parent, request.signal) : null;
    return {
      plan: await planOf(child, parent, moves, refusals, evidence.childFindings, env),
      chain,
      close: () => chain.close(),
    };
  } catch (thrown) {
    await chain.close();
    throw thrown;
  }
}

/** Other images over the same parent: by its id, and those of a raw parent by its place. */
async function siblingsOf(
  child: ChainMember,
  parent: ChainMember,
  lookup: ParentLookup,
  folders: readonly string[],
): Promise<ImageSummary[]> {
  const children = await findChildren(parent.summary, lookup, [...new Set(folders)]);
  return children.filter(({ identity }) => identity !== child.summary.identity);
}

function movesOf(child: ChainMember, parent: ChainMember, signal?: Signal): Promise<CoalesceMoves> {
  const layer = layerOf(child.image);
  const { vhd } = parent.image;
  if (vhd && vhd.kind !== 'fixed') return movesToBlocks(layer, parent.path, vhd, signal);
  return movesToFlat(layer, parent.path, new Draft(parent.image.source), signal);
}

async function planOf(
  child: ChainMember,
  parent: ChainMember,
  moves: CoalesceMoves | null,
  refusals: string[],
  findings: Finding[],
  env: ApplyEnvironment,
): Promise<Plan> {
  const steps = moves ? stepsOf(moves.draft.edits, parent.path) : [];
  const targets = [];
  for (const { path } of [parent, child]) {
    const stamp = await env.files.stamp(path);
    if (!stamp) throw refusal('not-found', `${path} is gone.`, { path });
    targets.push({ path, identity: stamp.identity, size: stamp.size, modifiedNs: stamp.modifiedNs, metadata: [] });
  }
  const size = parent.image.source.size;
  const overwritten = (moves?.copies ?? []).reduce(
    (sum, { to, bytes }) => sum + Math.max(0, Math.min(bytes, size - to.offset)),
    0,
  );
  return {
    schema: 'platter.plan/1',
    kind: 'coalesce',
    strategy: 'coalesce',
    strategies: ['coalesce'],
    notes: [],
    target: parent.path,
    targets,
    steps,
    copies: moves?.copies ?? [],
    lost: [],
    lossy: false,
    draftOnly: false,
    risks: moves ? [`${child.summary.name} stays as it is; it is redundant afterwards.`] : [],
    refusals,
    alternatives: [],
    findingsBefore: findings,
    findingsAfter: [],
    sizeBefore: size,
    sizeAfter: moves ? moves.draft.size : size,
    journalBytes: overwritten + steps.reduce((sum, step) => sum + undoLength(step), 0),
  };
}

export interface Coalesced {
  applied: Applied;
  findingsAfter: Finding[];
  guestSha256Before: string | null;
  guestSha256After: string | null;
}

/** Guests larger than this are hashed only when a proof is asked for. */
const HASHED = 64 * 1024 ** 3;

/** Folds the child into its parent itself, on the engine of every plan: journal, copies read back, undo. */
export async function coalesceInPlace(
  { plan, chain }: PreparedCoalesce,
  env: ApplyEnvironment,
  options: { prove: boolean; allowHardLinks: boolean; signal?: Signal },
): Promise<Coalesced> {
  const leaf = chain.members[0];
  const parent = chain.members[1];
  if (!leaf || !parent) throw refusal('not-a-disk', 'There is no parent to be folded into.');
  const hashed = options.prove || chain.disk.size <= HASHED;
  const guestSha256Before = hashed ? await hashGuest(chain.disk, env, options.signal) : null;
  const applied = await applyInPlace(plan, env, { acceptLoss: false, ...options });
  const back = await openChain(
    parent.path,
    folderLookup(env.files, [env.files.folderOf(parent.path)]),
    parent.image.vhd ? {} : { asRaw: true },
  );
  try {
    const guestSha256After = hashed ? await hashGuest(back.disk, env, options.signal, chain.disk.size) : null;
    return { applied, findingsAfter: await findingsAt(parent.path, env), guestSha256Before, guestSha256After };
  } finally {
    await back.close();
  }
}

/** Writes child and parent folded into one new image; both stay as they are. */
export async function coalesceToFile(
  prepared: PreparedCoalesce,
  output: string,
  env: ApplyEnvironment,
  options: { prove: boolean; progress?: CoalesceRequest['progress']; signal?: Signal },
): Promise<Coalesced> {
  const { chain, plan } = prepared;
  const { files } = env;
  const [child, parent, above] = chain.members;
  if (!child || !parent) throw refusal('not-a-disk', 'There is no parent to be folded into.');
  const path = files.resolve(output);
  // a raw image has no parent of its own, so this pair is all of the chain
  const pair = new GuestDisk(chain.disk.layers.slice(0, 2), above !== undefined);
  const entry = { kind: 'coalesce' as const, target: parent.path, note: child.path };
  const raw = parent.image.vhd === null;
  const hashed = options.prove || chain.disk.size <= HASHED;
  const guestSha256Before = hashed ? await hashGuest(chain.disk, env, options.signal) : null;
  const { operation, made } = await makeFile(path, env, entry, async (partial) => {
    const sink = await files.create(partial);
    try {
      await writePair(pair, writerFor(sink, child, parent, above, path, env), options);
      await sink.sync();
    } finally {
      await sink.close();
    }
    const back = await openChain(
      partial,
      folderLookup(files, above ? [files.folderOf(above.path)] : []),
      raw ? { asRaw: true } : {},
    );
    try {
      return hashed ? await hashGuest(back.disk, env, options.signal) : null;
    } finally {
      await back.close();
    }
  });
  const applied: Applied = { operation, journal: null, output: path, outputSha256: null, notes: [] };
  if (hashed && made !== guestSha256Before) {
    throw refusal(
      'data-damaged',
      `${path} does not read as ${plan.target} and its child did: it was written, and is not to be used.`,
      { path },
    );
  }
  return { applied, findingsAfter: raw ? [] : await findingsAt(path, env), guestSha256Before, guestSha256After: made };
}

async function writePair(
  pair: GuestDisk,
  writer: DiskWriter,
  { signal, progress }: Pick<CoalesceRequest, 'signal' | 'progress'>,
): Promise<void> {
  for await (const { at, length, bytes, runs } of guestChunks(pair, { at: 0, length: pair.size }, signal)) {
    throwIfAborted(signal);
    for (const run of runs) {
      if (run.state === 'lost') pair.assertReadable(run);
      if (run.state === 'data' && bytes)
        await writer.write(run.at, bytes.subarray(run.at - at, run.at - at + run.length));
    }
    progress?.('Writing', at + length, pair.size);
  }
  await writer.finish();
}

/** Identity follows content: the new image is the child, over its parent's own parent. */
function writerFor(
  sink: ByteSink,
  child: ChainMember,
  parent: ChainMember,
  above: ChainMember | undefined,
  output: string,
  env: ApplyEnvironment,
): DiskWriter {
  const size = child.image.vhd?.virtualSize ?? 0;
  const value = child.image.vhd?.footer?.value;
  if (!value) throw refusal('data-damaged', `${child.path} has no valid footer.`, { path: child.path });
  if (parent.image.vhd === null) return new FlatWriter(sink, size, null);
  const identity: Omit<VhdSpec, 'kind' | 'parent'> = {
    virtualSize: size,
    id: value.uniqueId,
    timeStamp: value.timeStamp,
    originalSize: Number(value.originalSize),
    creator: { application: value.creatorApplication, version: value.creatorVersion, hostOs: value.creatorHostOs },
    geometry: value.diskGeometry,
    hidden: value.hidden === 1,
    savedState: false,
  };
  if (parent.image.vhd.kind === 'fixed') {
    const empty = buildVhd({ kind: 'fixed', ...identity });
    return new FlatWriter(sink, size, readSparse(empty, size, FOOTER_LENGTH));
  }
  const header = parent.image.vhd.header?.value;
  const shape = { ...identity, blockSize: header?.blockSize ?? 0, dataAlign: 4096 };
  if (!above || !header) return new BlockWriter(sink, { kind: 'dynamic', ...shape });
  const relative = relativePath(env.files.folderOf(output), above.path);
  const link: ParentSpec = {
    id: header.parentUniqueId,
    name: above.summary.name,
    timeStamp: header.parentTimeStamp,
    locators: vhdUtilLocators(`./${relative}`),
  };
  return new BlockWriter(sink, { kind: 'differencing', ...shape, parent: link });
}

const ZEROS = new Uint8Array(1024 * 1024);

async function hashGuest(disk: GuestDisk, env: ApplyEnvironment, signal?: Signal, size = disk.size): Promise<string> {
  const hasher = env.files.hasher();
  for await (const { length, bytes, runs } of guestChunks(disk, { at: 0, length: size }, signal)) {
    for (const run of runs) disk.assertReadable(run);
    if (bytes) hasher.update(bytes);
    else
      for (let left = length; left > 0; left -= ZEROS.length)
        hasher.update(left < ZEROS.length ? ZEROS.subarray(0, left) : ZEROS);
  }
  return hasher.digest();
}
