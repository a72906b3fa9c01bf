import { createHash, type Hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { guestChunks } from '../../../core/chain/stream.ts';
import { asPlatterError, type ErrorData } from '../../../core/errors.ts';
import type { Extent } from '../../../core/findings/finding.ts';
import { CHUNK, sourceChunks } from '../../../core/io/chunks.ts';
import { throwIfAborted } from '../../../core/io/source.ts';
import { formatCount } from '../../../core/structure/text.ts';
import { type CommandContext, command, EXIT, UsageError } from '../command.ts';
import { GUEST_OPTIONS, type GuestOptions, openGuest } from '../guest.ts';
import { escapeBytes } from '../output.ts';

const ALGORITHMS = ['sha256', 'sha1', 'md5'] as const;
type Algorithm = (typeof ALGORITHMS)[number];

interface HashOptions extends GuestOptions {
  guest: boolean;
  algorithm: Algorithm[];
}

/** One image in the JSON document: its hashes by algorithm, or why there are none. */
interface HashedImage extends Partial<Record<Algorithm, string>> {
  path: string;
  guest: boolean;
  size: number | null;
  /** Guest offsets that were hashed as zeros because the parent is missing. */
  holes?: Extent[];
  error?: ErrorData;
}

export const hashCommand = command<HashOptions>({
  name: 'hash',
  summary: "hash a file, or the guest's view through its chain",
  description:
    'Prints as sha256sum does: the hash, two spaces, the path; one line an algorithm.\n' +
    "With --guest the bytes are the guest's: through the chain, sector by sector. A parent that is missing or is not the\n" +
    'one the child names is refused: its bytes are not made up. With --missing-parent holes they are hashed as zeros, and\n' +
    'the output says so.',
  arguments: [{ name: '<image...>', help: 'images, raw disks or block devices' }],
  options: [
    { flags: '--guest', help: "hash the guest's view instead of the file" },
    { flags: '--algorithm <names>', help: 'sha256, sha1, md5: one or more, by commas', parse: parseAlgorithms },
    ...GUEST_OPTIONS,
  ],
  exits: {
    0: 'all were hashed',
    3: 'refused: no such file, no disk in it, or a parent that is missing or wrong; no hash is printed',
  },
  examples: ['platter hash disk.vhd', 'platter hash --guest --algorithm sha256,md5 leaf.vhd'],
  async run(paths, options, context) {
    const algorithms = options.algorithm ?? ['sha256'];
    const images: HashedImage[] = [];
    let exit: number = EXIT.ok;
    for (const path of paths) {
      try {
        const image = options.guest
          ? await hashGuest(path, algorithms, options, context)
          : await hashFile(path, algorithms, context);
        images.push(image);
        if (!context.json) for (const name of algorithms) await context.out.line(sumLine(image[name] ?? '', path));
      } catch (thrown) {
        const error = asPlatterError(thrown);
        if (error.kind === 'cancelled' || error.kind === 'bug') throw thrown;
        // the gravest of them is the run's
        exit = Math.max(exit, await context.report(error));
        images.push({ path, guest: options.guest ?? false, size: null, error: error.toData() });
      }
    }
    if (context.json) await context.out.json({ schema: 'platter.hash/1', images });
    return exit;
  },
});

function parseAlgorithms(text: string): Algorithm[] {
  const names = text
    .toLowerCase()
    .split(',')
    .map((name) => name.trim().replace('-', ''));
  const known = names.filter((name): name is Algorithm => ALGORITHMS.some((algorithm) => algorithm === name));
  if (known.length < names.length) throw new UsageError(`Choose among ${ALGORITHMS.join(', ')}.`);
  return [...new Set(known)];
}

async function hashFile(path: string, algorithms: readonly Algorithm[], context: CommandContext): Promise<HashedImage> {
  const { files, progress, signal } = context;
  const file = await files.open(files.resolve(path));
  try {
    const sum = new Sums(algorithms);
    let done = 0;
    for await (const bytes of sourceChunks(file, { at: 0, length: file.size }, signal)) {
      sum.update(bytes);
      done += bytes.length;
      progress.tell(`Hash ${path}`, done, file.size, 'bytes');
    }
    return { path, guest: false, size: file.size, ...sum.digests() };
  } finally {
    await file.close();
  }
}

async function hashGuest(
  path: string,
  algorithms: readonly Algorithm[],
  options: Partial<HashOptions>,
  context: CommandContext,
): Promise<HashedImage> {
  const { progress, signal } = context;
  const chain = await openGuest(path, options, context);
  const { disk } = chain;
  try {
    const sum = new Sums(algorithms);
    const holes: Extent[] = [];
    for await (const { at, length, bytes, runs } of guestChunks(disk, { at: 0, length: disk.size }, signal)) {
      for (const run of runs) {
        if (run.state === 'hole') addHole(holes, run.at, run.length);
        else disk.assertReadable(run);
      }
      for (let done = 0; done < length; done += CHUNK) {
        const part = Math.min(CHUNK, length - done);
        sum.update(bytes ?? ZEROS.subarray(0, part));
        progress.tell(`Hash ${path}`, at + done + part, disk.size, 'bytes');
        if (done % PAUSE === 0) await breathe(signal);
      }
    }
    if (holes.length > 0) {
      const total = holes.reduce((count, hole) => count + hole.length, 0);
      await context.warn(
        `${formatCount(total)} bytes of ${path} are in a parent that is missing; they were hashed as zeros.`,
      );
    }
    return { path, guest: true, size: disk.size, ...sum.digests(), ...(holes.length > 0 && { holes }) };
  } finally {
    await chain.close();
  }
}

/** Long runs of zeros are hashed from this one buffer. */
const ZEROS = new Uint8Array(CHUNK);
/** Bytes of zeros that are hashed before Ctrl-C gets its turn. */
const PAUSE = 16 * CHUNK;

async function breathe(signal: AbortSignal): Promise<void> {
  await setImmediate();
  throwIfAborted(signal);
}

function addHole(holes: Extent[], offset: number, length: number): void {
  const last = holes[holes.length - 1];
  if (last && last.offset + last.length === offset) last.length += length;
  else holes.push({ offset, length });
}

/** Several hashes of the same bytes. */
class Sums {
  readonly #hashes: [Algorithm, Hash][];

  constructor(algorithms: readonly Algorithm[]) {
    this.#hashes = algorithms.map((name) => [name, createHash(name)]);
  }

  update(bytes: Uint8Array): void {
    for (const [, hash] of this.#hashes) hash.update(bytes);
  }

  digests(): Partial<Record<Algorithm, string>> {
    return Object.fromEntries(this.#hashes.map(([name, hash]) => [name, hash.digest('hex')]));
  }
}

/** A line of sha256sum's: a name that would break the line is escaped, and the line says so by its first character. */
function sumLine(sum: string, path: string): string {
  const escaped = path.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return `${escaped === path ? '' : '\\'}${sum}  ${escapeBytes(escaped)}`;
}
