import type { GuestDisk, GuestRun } from '../../../core/chain/guest.ts';
import { guestChunks, guestRuns } from '../../../core/chain/stream.ts';
import { refusal } from '../../../core/errors.ts';
import { checkImage } from '../../../core/formats/vhd/checks/image.ts';
import { hasVhdName, type Image, readImage } from '../../../core/image.ts';
import { sourceChunks } from '../../../core/io/chunks.ts';
import { type ByteSource, clampLength } from '../../../core/io/source.ts';
import { toHex } from '../../../core/structure/codecs.ts';
import { formatBytes, formatCount, formatOffset } from '../../../core/structure/text.ts';
import { type CommandContext, command, EXIT } from '../command.ts';
import { GUEST_OPTIONS, type GuestOptions, openGuest } from '../guest.ts';
import { fieldText, HexDump } from '../hex-dump.ts';
import { parseBytes, parseOffset } from '../numbers.ts';
import { safe } from '../output.ts';
import { type FoundStructure, structuresOf } from '../structures.ts';

interface HexOptions extends GuestOptions {
  at: { at: number; fromEnd: boolean };
  length: number;
  guest: boolean;
  fields: boolean;
}

/** What is shown: a file, or the guest's disk of a chain. */
interface Target {
  path: string;
  source: ByteSource;
  disk: GuestDisk | null;
  /** Structures that stand in it; empty unless asked for. */
  structures: FoundStructure[];
  close(): Promise<void>;
}

interface Range {
  at: number;
  length: number;
}

/** Bytes that one JSON document holds at most. */
const MAX_JSON = 16 * 1024 * 1024;
/** Bytes of one field that are shown. */
const MAX_FIELD = 4096;

export const hexCommand = command<HexOptions>({
  name: 'hex',
  summary: 'show bytes, with the field each belongs to',
  description:
    'Prints as hexdump -C does: lines like the one before are folded to a *, and the last line is the offset of the end.\n' +
    'Numbers are bytes (4096, 0x1000), sectors (8s), or have K, M, G or T. Bytes of a hole show as ??.',
  arguments: [{ name: '<image>', help: 'an image, a raw disk, any file or a block device' }],
  options: [
    { flags: '--at <offset>', help: 'where to start; -512 is 512 before the end (default: 0)', parse: parseOffset },
    { flags: '--length <count>', help: 'how much (default: all)', parse: parseBytes },
    { flags: '--guest', help: "of the guest's disk instead of the file" },
    { flags: '--fields', help: 'name each field beside its bytes' },
    ...GUEST_OPTIONS,
  ],
  exits: { 0: 'shown', 3: 'refused: no such file, an offset behind its end, or a parent that is missing or wrong' },
  examples: ['platter hex disk.vhd --at -512 --fields', 'platter hex --guest leaf.vhd --at 2048s --length 4K'],
  async run([path = ''], options, context) {
    const target = await openTarget(path, options, context);
    try {
      const range = rangeOf(target, options);
      if (context.json) await writeJson(target, range, context);
      else if (options.fields) await writeFields(target, range, context);
      else await writeDump(target, range, context);
      return EXIT.ok;
    } finally {
      await target.close();
    }
  },
});

async function openTarget(path: string, options: Partial<HexOptions>, context: CommandContext): Promise<Target> {
  const { files, signal } = context;
  if (options.guest) {
    const chain = await openGuest(path, options, context);
    const { disk } = chain;
    const close = (): Promise<void> => chain.close();
    const asRaw: Image = { path, source: disk, format: 'raw', vhd: null, foreign: null };
    return { path, source: disk, disk, structures: options.fields ? await structuresOf(asRaw, [], signal) : [], close };
  }
  const absolute = files.resolve(path);
  const file = await files.open(absolute);
  try {
    const structures = options.fields ? await fileStructures(absolute, file, context) : [];
    return { path, source: file, disk: null, structures, close: () => file.close() };
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

async function fileStructures(path: string, source: ByteSource, context: CommandContext): Promise<FoundStructure[]> {
  const { signal } = context;
  const image = await readImage(path, source, signal);
  const findings = await checkImage(image, { now: context.now(), vhdName: hasVhdName(path) }, signal);
  return structuresOf(image, findings, signal);
}

function rangeOf({ path, source }: Target, { at: asked, length }: Partial<HexOptions>): Range {
  const at = !asked ? 0 : asked.fromEnd ? Math.max(0, source.size - asked.at) : asked.at;
  if (at > source.size) {
    throw refusal('out-of-range', `${path} ends at ${formatOffset(source.size)}, before ${formatOffset(at)}.`, {
      path,
      offset: at,
    });
  }
  return { at, length: clampLength(at, length ?? source.size, source.size) };
}

async function writeDump(target: Target, range: Range, context: CommandContext): Promise<void> {
  const dump = new HexDump(range.at, (text) => context.out.write(text));
  await feed(dump, target, range, context);
  await dump.end();
}

/** Gives a range to a dump. */
async function feed(
  dump: HexDump,
  { path, source, disk }: Target,
  range: Range,
  context: CommandContext,
): Promise<void> {
  const { out, signal, progress } = context;
  const unknown = new Map<GuestRun['state'], number>();
  const told = (done: number): void => {
    // on a terminal the lines themselves say how far it is
    if (!out.isTerminal) progress.tell(`Dump ${path}`, done, range.length, 'bytes');
  };
  if (!disk) {
    let done = 0;
    for await (const bytes of sourceChunks(source, range, signal)) {
      await dump.bytes(bytes);
      done += bytes.length;
      told(done);
    }
    return;
  }
  for await (const { at, length, bytes, runs } of guestChunks(disk, range, signal)) {
    for (const run of runs) {
      const known = run.state === 'data' || run.state === 'zero';
      if (bytes && known) await dump.bytes(bytes.subarray(run.at - at, run.at - at + run.length));
      else await dump.run(run.length, known);
      if (!known) unknown.set(run.state, (unknown.get(run.state) ?? 0) + run.length);
    }
    told(at + length - range.at);
  }
  const hole = unknown.get('hole');
  const lost = unknown.get('lost');
  if (hole) await context.warn(`${formatBytes(hole)} shown as ?? are in a parent that is missing.`);
  if (lost) await context.warn(`${formatBytes(lost)} shown as ?? should be in the chain's files and are not.`);
}

/** Structures field by field, everything between them as it is. */
async function writeFields(target: Target, range: Range, context: CommandContext): Promise<void> {
  const { out } = context;
  const end = range.at + range.length;
  let cursor = range.at;
  const plain = async (to: number): Promise<void> => {
    if (to <= cursor) return;
    await out.line(out.style('dim', `# ${formatOffset(cursor)}: ${formatCount(to - cursor)} bytes of no structure`));
    const dump = new HexDump(cursor, (text) => out.write(text));
    await feed(dump, target, { at: cursor, length: to - cursor }, context);
    // the end's offset is printed once, at the end of all
    await dump.end({ offset: false });
    cursor = to;
  };
  for (const { title, name, offset, length, fields } of target.structures) {
    const stop = Math.min(end, offset + length);
    // a locator's entry stands within the header, which shows it already
    if (offset < cursor && offset + length <= cursor) continue;
    if (stop <= cursor || offset >= end) continue;
    await plain(Math.max(cursor, offset));
    await out.line(`# ${out.style('bold', title)} (${name}) at ${formatOffset(offset)}, ${formatCount(length)} bytes`);
    for (const field of distinct(fields)) {
      const from = Math.max(cursor, field.offset);
      const count = Math.min(stop, field.offset + field.length) - from;
      if (count <= 0) continue;
      const bytes = await target.source.read(from, Math.min(count, MAX_FIELD), context.signal);
      const name = field.ok === false ? out.style('red', `✗ ${field.name}`) : out.style('cyan', field.name);
      const label = `${name} ${safe(field.text)}`;
      await out.write(fieldText(from, bytes, label));
      if (count > MAX_FIELD) await out.line(`# … ${formatCount(count - MAX_FIELD)} bytes more`);
    }
    cursor = stop;
  }
  await plain(end);
  if (range.length > 0) await out.line(end.toString(16).padStart(8, '0'));
}

/** Of fields over the same bytes (the figures of a table) the first. */
function distinct(fields: FoundStructure['fields']): FoundStructure['fields'] {
  return fields.filter(({ offset }, index) => fields.findIndex((other) => other.offset === offset) === index);
}

async function writeJson(
  { path, source, disk, structures }: Target,
  range: Range,
  context: CommandContext,
): Promise<void> {
  const { out, signal } = context;
  const { at, length } = range;
  if (length > MAX_JSON) {
    throw refusal('too-large', `${formatBytes(length)} do not go into one JSON document.`, {
      path,
      hint: `Ask for at most ${formatBytes(MAX_JSON)} with --length.`,
    });
  }
  const runs: GuestRun[] = [];
  if (disk) for await (const run of guestRuns(disk, at, length, signal)) runs.push(run);
  const bytes = disk ? await disk.readRuns(runs, signal) : await source.read(at, length, signal);
  const within = structures.filter((one) => one.offset < at + length && one.offset + one.length > at);
  await out.json({
    schema: 'platter.hex/1',
    path,
    guest: disk !== null,
    size: source.size,
    at,
    length,
    hex: toHex(bytes),
    ...(disk && { runs: runs.map((run) => ({ offset: run.at, length: run.length, state: run.state })) }),
    ...(structures.length > 0 && { structures: within }),
  });
}
