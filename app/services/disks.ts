import { type OpenChain, openChain } from '../../core/chain/open.ts';
import { failure, refusal } from '../../core/errors.ts';
import type { FileInfo, Files, OpenFile } from '../../core/io/files.ts';
import type { Signal } from '../../core/io/source.ts';
import type { Input, Target } from '../contract/contract.ts';
import type { ByteAnswer, ChainOwner, DiskDetail, MapCell } from '../contract/types.ts';
import type { OpenedTarget } from '../jobs/tasks/target.ts';
import type { Case } from './case.ts';
import { type Closable, Held } from './held.ts';
import { mapCells } from './map.ts';
import { asWindow, readWindow } from './window.ts';

/** Blocks of disks that have none of their own. */
export const FLAT_BLOCK = 1024 * 1024;
/** Milliseconds for which a file that was just looked at counts as unchanged. */
const FRESH = 1_000;

const CHAINS = { count: 4, weight: 64 * 1024 * 1024, idle: 30_000 };
/** What an open file of a chain weighs beside its table: few are open at a time. */
const MEMBER = 1024 * 1024;
const FILES = { count: 16, weight: Number.POSITIVE_INFINITY, idle: 30_000 };

interface Stamp {
  path: string;
  size: number;
  modified: number;
  identity: string;
}

interface HeldFile extends Closable {
  file: OpenFile;
  stamp: Stamp;
  checked: number;
}

interface HeldChain extends Closable {
  chain: OpenChain;
  stamps: Stamp[];
  checked: number;
}

/** Reads files and guests' disks for pages, with few files open. */
export class Disks {
  readonly #files: Files;
  readonly #case: Case;
  readonly #held = new Held<HeldFile>(FILES);
  readonly #chains = new Held<HeldChain>(CHAINS, ({ chain }) =>
    chain.members.reduce((sum, { image }) => sum + MEMBER + (image.vhd?.bat?.entries.byteLength ?? 0), 0),
  );

  constructor(files: Files, opened: Case) {
    this.#files = files;
    this.#case = opened;
  }

  /** Closes everything; the next request opens anew. */
  async close(): Promise<void> {
    await Promise.all([this.#held.drop(), this.#chains.drop()]);
  }

  withChain<R>(path: string, work: (chain: OpenChain) => Promise<R>, signal?: Signal): Promise<R> {
    const open = async (): Promise<HeldChain> => {
      const options = { missingParent: 'holes', acceptIdMismatch: false } as const;
      const chain = await openChain(path, this.#case.lookup, options, signal);
      const stamps = chain.members.map(({ summary }) => ({ ...summary, size: summary.fileSize }));
      return { chain, stamps, checked: 0, close: () => chain.close() };
    };
    return this.#chains.use(path, open, async (held) => {
      await this.#assertUnchanged(held, held.stamps, () => this.#chains.drop(path));
      return work(held.chain);
    });
  }

  withFile<R>(path: string, work: (file: OpenFile) => Promise<R>): Promise<R> {
    const open = async (): Promise<HeldFile> => {
      const file = await this.#files.open(path);
      const info = await this.#files.info(path);
      if (!info) throw gone(path);
      return { file, stamp: info, checked: 0, close: () => file.close() };
    };
    return this.#held.use(path, open, async (held) => {
      await this.#assertUnchanged(held, [held.stamp], () => this.#held.drop(path));
      return work(held.file);
    });
  }

  /** @throws failure `gone` when a file is not what it was when it was opened, or when the case was read. */
  async #assertUnchanged(
    held: { checked: number },
    stamps: readonly Stamp[],
    drop: () => Promise<void>,
  ): Promise<void> {
    if (Date.now() - held.checked < FRESH) return;
    for (const stamp of stamps) {
      const known = this.#case.images.get(stamp.path);
      const info = await this.#files.info(stamp.path);
      const why =
        info === null ? 'gone' : changed(info, stamp) || (known && changed(info, { ...known, size: known.fileSize }));
      if (why === false || why === undefined) continue;
      void drop();
      if (why === 'gone') throw gone(stamp.path);
      throw failure('gone', `${stamp.path} ${why} after it was opened.`, {
        path: stamp.path,
        hint: 'Reload to read it as it is now.',
      });
    }
    held.checked = Date.now();
  }

  async read({ target, ...wanted }: Input<'bytes.read'>, signal: Signal): Promise<ByteAnswer> {
    const { at, length } = readWindow(target, wanted.at, wanted.length);
    return asWindow(target, await this.#read(target, at, length, signal));
  }

  #read(target: Target, at: number, length: number, signal: Signal): Promise<ByteAnswer> {
    if (target.space === 'file')
      return this.withFile(target.path, async (file) => {
        const bytes = await file.read(at, length, signal);
        return { at, size: file.size, bytes, runs: [] };
      });
    return this.withChain(
      target.path,
      async ({ disk }) => {
        const { bytes, runs } = await disk.readWithRuns(at, length, signal);
        return { at, size: disk.size, bytes, runs };
      },
      signal,
    );
  }

  detail(path: string, signal: Signal): Promise<DiskDetail> {
    return this.withChain(path, (chain) => Promise.resolve(describe(chain)), signal);
  }

  runs({ path, at, length }: Input<'disk.runs'>, signal: Signal): Promise<ByteAnswer['runs']> {
    const limit = 256 * 1024 * 1024;
    if (length > limit) throw refusal('too-large', `Runs are answered for at most ${limit} bytes at a time.`);
    return this.withChain(path, ({ disk }) => disk.map(at, length, signal), signal);
  }

  map(input: Input<'disk.map'>, signal: Signal): Promise<MapCell[]> {
    return this.withChain(input.path, (chain) => mapCells(chain, input, signal), signal);
  }

  /** A target with the chain behind it, for a job in the pool. */
  async locate({ space, path }: Target): Promise<OpenedTarget> {
    if (space === 'file') {
      await this.withFile(path, () => Promise.resolve());
      return { path, chain: null };
    }
    return this.withChain(path, ({ members, disk }) => {
      const files = members.map((member, index) => {
        return { path: member.path, raw: members[index - 1]?.link?.raw ?? false };
      });
      return Promise.resolve({ path, chain: { members: files, incomplete: disk.incomplete } });
    });
  }
}

function changed(info: FileInfo, stamp: Omit<Stamp, 'path'>): string | false {
  if (info.identity !== stamp.identity) return 'was replaced by another file';
  if (info.size !== stamp.size) return `changed its size from ${stamp.size} to ${info.size} bytes`;
  return info.modified !== stamp.modified && 'was written to';
}

function gone(path: string): Error {
  return failure('gone', `${path} is not there any more.`, { path, hint: 'Reload to see what is there now.' });
}

function describe({ members, disk }: OpenChain): DiskDetail {
  const owners = members.map(({ path, summary }, index): ChainOwner => {
    return { path, name: summary.name, role: index === 0 ? 'leaf' : index === members.length - 1 ? 'base' : 'parent' };
  });
  const last = members[members.length - 1];
  const blockSize = members[0]?.image.vhd?.bat ? (members[0].summary.vhd?.blockSize ?? FLAT_BLOCK) : FLAT_BLOCK;
  return {
    size: disk.size,
    owners,
    incomplete: disk.incomplete,
    incompleteWhy: disk.incomplete && last ? whyIncomplete(last) : null,
    blockSize,
    blocks: Math.ceil(disk.size / blockSize),
  };
}

function whyIncomplete({ summary, link }: OpenChain['members'][number]): string {
  const name = summary.vhd?.parent?.name ?? '';
  const parent = name === '' ? 'The parent' : `The parent ${name}`;
  if (link?.verdict === 'id-mismatch')
    return `${parent} of ${summary.name} was found at ${link.path ?? 'its place'}, but it is not the right one.`;
  return `${parent} of ${summary.name} is missing.`;
}
