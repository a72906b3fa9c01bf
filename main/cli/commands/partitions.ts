import { applyEnvironment } from '../../../app/services/operations/environment.ts';
import { savePartition } from '../../../app/services/operations/save-partition.ts';
import type { OpenChain } from '../../../core/chain/open.ts';
import { identifyForeign } from '../../../core/formats/identify.ts';
import { readLayout } from '../../../core/partitions/disk.ts';
import { holesAsZeros } from '../../../core/partitions/guest.ts';
import { formatBytes } from '../../../core/structure/text.ts';

import { type CommandContext, command, EXIT, UsageError } from '../command.ts';
import { findingJson } from '../findings-text.ts';
import { GUEST_OPTIONS, type GuestOptions, openGuest } from '../guest.ts';
import { parseCount, parseSectorSize } from '../numbers.ts';
import { safe } from '../output.ts';
import { partitionsJson, partitionsText } from '../partitions-text.ts';

interface PartitionsOptions extends GuestOptions {
  sectorSize: number;
  save: number;
  output: string;
}

export const partitionsCommand = command<PartitionsOptions>({
  name: 'partitions',
  summary: 'list the partitions of a disk, and what stands on them',
  description:
    'Reads MBR, extended boot records and both copies of a GPT of a raw image, a block device, or the disk inside a VHD\n' +
    'chain. Logical partitions are numbered as Linux does. File systems are recognised by their signatures, also on a\n' +
    'disk without a table. With --save one partition is written to a new file: zeros take no room, and it is hashed\n' +
    'while it is written and read back.',
  arguments: [{ name: '<image>', help: 'a raw image, a block device or a VHD' }],
  options: [
    {
      flags: '--sector-size <bytes>',
      help: 'of the disk, where it is not what the table shows',
      parse: parseSectorSize,
    },
    { flags: '--save <number>', help: 'write this partition to a file', parse: parseCount },
    { flags: '--output <file>', help: 'the file for --save; it must not be there yet' },
    ...GUEST_OPTIONS,
  ],
  exits: {
    0: 'listed, whatever is wrong with the table; or written and read back',
    3: 'refused: a parent is missing or wrong, there is no such partition, or the output exists',
  },
  examples: [
    'platter partitions disk.raw',
    'platter partitions leaf.vhd --json',
    'platter partitions disk.raw --save 2 --output root.raw',
  ],
  async run([image = ''], options, context) {
    const { save, output, sectorSize } = options;
    if (save !== undefined && output === undefined) throw new UsageError('--save needs --output FILE.');
    if (output !== undefined && save === undefined) throw new UsageError('--output goes with --save NUMBER.');
    if (save !== undefined && output !== undefined) return saveOne(image, save, output, options, context);
    const chain = await openDisk(image, options, context);
    try {
      const source = holesAsZeros(chain.disk);
      const layout = await readLayout(source, { sectorSize, signal: context.signal });
      if (context.json) await context.out.json(partitionsJson(layout, findingJson));
      else for (const line of partitionsText(image, source.size, layout, context.out)) await context.out.line(line);
      return EXIT.ok;
    } finally {
      await chain.close();
    }
  },
});

/** A disk as {@link openGuest} opens it; an ISO 9660 image is one as well, and may have a table for starting from a stick. */
async function openDisk(
  image: string,
  options: Partial<PartitionsOptions>,
  context: CommandContext,
): Promise<OpenChain> {
  const file = await context.files.open(context.files.resolve(image));
  let asRaw: boolean;
  try {
    asRaw = (await identifyForeign(file, context.signal))?.format === 'iso';
  } finally {
    await file.close();
  }
  return openGuest(image, { ...options, asRaw }, context);
}

async function saveOne(
  image: string,
  number: number,
  output: string,
  options: Partial<PartitionsOptions>,
  context: CommandContext,
): Promise<number> {
  const { files, signal, progress, out } = context;
  const chain = await openDisk(image, options, context);
  try {
    const saved = await savePartition(chain, applyEnvironment(), {
      number,
      sectorSize: options.sectorSize,
      output: files.resolve(output),
      holes: options.missingParent === 'holes',
      progress: (phase, done, total) => progress.tell(phase, done, total, 'bytes'),
      signal,
    });
    progress.clear();
    if (saved.missing > 0)
      await context.warn(
        `${formatBytes(saved.missing)} of the partition lie past the end of the disk and are not there.`,
      );
    if (context.json) {
      await out.json({ schema: 'platter.partition-save/1', partition: number, ...saved, output });
      return EXIT.ok;
    }
    await out.line(`${safe(output)}: partition ${number}, ${formatBytes(saved.size)}, written and read back.`);
    await out.line(`  SHA-256: ${saved.sha256}`);
    for (const { offset, length } of saved.holes)
      await out.line(`  hole: ${length} bytes at guest offset ${offset}, written as zeros`);
    return EXIT.ok;
  } finally {
    await chain.close();
  }
}
