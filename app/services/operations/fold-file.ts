import type { Applied } from '../../../core/apply/apply.ts';
import type { ApplyEnvironment } from '../../../core/apply/environment.ts';
import { GuestDisk } from '../../../core/chain/guest.ts';
import { folderLookup } from '../../../core/chain/lookup.ts';
import { type ChainMember, openChain } from '../../../core/chain/open.ts';
import { failure, type PlatterError, refusal } from '../../../core/errors.ts';
import { hashGuest } from '../../../core/export/hash.ts';
import { type Parcel, pumpGuest } from '../../../core/export/pump.ts';
import { BlockWriter, type DiskWriter, FlatWriter } from '../../../core/export/writers.ts';
import { buildVhd } from '../../../core/formats/vhd/build/build.ts';
import { vhdUtilLocators } from '../../../core/formats/vhd/build/locators.ts';
import type { ParentSpec, VhdSpec } from '../../../core/formats/vhd/build/spec.ts';
import { FOOTER_LENGTH } from '../../../core/formats/vhd/constants.ts';
import { Buffers, sameBytes } from '../../../core/io/bulk.ts';
import type { ByteSink, WriteFiles } from '../../../core/io/sink.ts';
import { readSparse } from '../../../core/io/sparse.ts';
import { sizeOf } from '../../../core/plans/coalesce/grow.ts';
import { relativePath } from '../../../core/plans/vhd/surroundings.ts';
import { type Coalesced, type CoalesceRequest, HASHED, type PreparedCoalesce } from './coalesce.ts';
import { makeFile } from './make-file.ts';
import { findingsAt } from './repair.ts';

const ZEROS = new Uint8Array(1024 * 1024);

/** Writes child and parent folded into one new image; both stay as they are. */
export async function coalesceToFile(
  prepared: PreparedCoalesce,
  output: string,
  env: ApplyEnvironment,
  options: {
    prove: boolean;
    hash?: boolean;
    progress?: CoalesceRequest['progress'];
    signal?: CoalesceRequest['signal'];
  },
): Promise<Coalesced> {
  const { chain, depth } = prepared;
  const { files } = env;
  const child = chain.members[0];
  const parent = chain.members[depth];
  const above = chain.members[depth + 1];
  if (!child || !parent) throw refusal('not-a-disk', 'There is no parent to be folded into.');
  const path = files.resolve(output);
  // a raw image has no parent of its own, so this pair is all of the chain
  const pair = new GuestDisk(chain.disk.layers.slice(0, depth + 1), above !== undefined);
  const entry = { kind: 'coalesce' as const, target: parent.path, note: child.path };
  const raw = parent.image.vhd === null;
  const hashed = options.prove || (options.hash !== false && chain.disk.size <= HASHED);
  const guestSha256Before = hashed ? await hashGuest(chain.disk, env.files, options) : null;
  const { operation, made } = await makeFile(path, env, entry, true, async (partial) => {
    const sink = await files.create(partial);
    try {
      await writePair(
        pair,
        writerFor(sink, child, parent, above, path, env),
        above ? sizeOf(above) : 0,
        files,
        options,
      );
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
      if (hashed) {
        const after = await hashGuest(back.disk, files, { ...options, phase: 'Reading back' });
        if (after !== guestSha256Before) throw notTheSame(path);
        return { sha256: raw ? after : null, after };
      }
      await comparePair(pair, back.disk, path, files, options);
      return { sha256: null, after: null };
    } finally {
      await back.close();
    }
  });
  const applied: Applied = { operation, journal: null, output: path, outputSha256: null, notes: [] };
  return {
    applied,
    findingsAfter: raw ? [] : await findingsAt(path, env),
    guestSha256Before,
    guestSha256After: made.after,
  };
}

function notTheSame(path: string): PlatterError {
  return failure('write-failed', `What was written for ${path} does not read back as the chain does: it was removed.`, {
    path,
    hint: 'Distrust the device, and write to another.',
  });
}

type Doing = Pick<CoalesceRequest, 'signal' | 'progress'>;

/** @param above bytes of the disk that stays below: where it would show through, zeros are written. */
async function writePair(
  pair: GuestDisk,
  writer: DiskWriter,
  above: number,
  files: WriteFiles,
  { signal, progress }: Doing,
): Promise<void> {
  const take = async ({ at, length, bytes, runs }: Parcel): Promise<void> => {
    const writes: Promise<void>[] = [];
    for (const run of runs) {
      if (run.state === 'lost') pair.assertReadable(run);
      if (run.state === 'data' && bytes)
        writes.push(writer.write(run.at, bytes.subarray(run.at - at, run.at - at + run.length)));
      // an image that ends before the one beneath hides what that holds behind its end
      if (run.state === 'zero')
        for (let from = run.at; from < Math.min(above, run.at + run.length); from += ZEROS.length)
          writes.push(writer.write(from, ZEROS.subarray(0, Math.min(above, run.at + run.length) - from)));
    }
    await Promise.all(writes);
    progress?.('Writing', at + length, pair.size);
  };
  await pumpGuest(pair, { at: 0, length: pair.size }, new Buffers((size) => files.buffer(size)), take, signal);
  await writer.finish();
}

/** Reads back every run that was moved and compares it. @throws failure at the first that differs. */
async function comparePair(
  pair: GuestDisk,
  back: GuestDisk,
  path: string,
  files: WriteFiles,
  { signal, progress }: Doing,
): Promise<void> {
  const take = async ({ at, length, bytes, runs }: Parcel): Promise<void> => {
    for (const run of runs) {
      if (run.state !== 'data' || !bytes) continue;
      const found = await back.read(run.at, run.length, signal);
      const wanted = bytes.subarray(run.at - at, run.at - at + run.length);
      if (!sameBytes(found, wanted)) throw notTheSame(path);
    }
    progress?.('Reading back', at + length, pair.size);
  };
  await pumpGuest(pair, { at: 0, length: pair.size }, new Buffers((size) => files.buffer(size)), take, signal);
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
