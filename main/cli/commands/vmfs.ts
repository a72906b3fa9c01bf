import type { OpenChain } from '../../../core/chain/open.ts';
import type { Finding } from '../../../core/findings/finding.ts';
import { pagedMemory } from '../../../core/io/node/direct.ts';
import { type ReadDisk, readVmfs } from '../../../core/vmfs/disk.ts';
import { presentedFrom, presentedOf } from '../../../core/vmfs/presented.ts';
import { MAX_SMF, readSmf } from '../../../core/vmfs/smf.ts';
import type { Presented } from '../../../core/vmfs/snapshot.ts';
import { joinSpans, type VmfsSpan } from '../../../core/vmfs/spans.ts';
import { summariseSpan, summariseVolume } from '../../../core/vmfs/summary.ts';
import { type CommandContext, command, EXIT, UsageError } from '../command.ts';
import { findingJson } from '../findings-text.ts';
import { GUEST_OPTIONS, type GuestOptions, openGuest } from '../guest.ts';
import { parseCount } from '../numbers.ts';
import { vmfsText } from '../vmfs-text.ts';

interface VmfsOptions extends Omit<GuestOptions, 'search'> {
  presented: string;
  presentedNaa: string;
  presentedLun: number;
  presentedSmf: string;
  everySector: boolean;
  search: string[];
}

/** One image, with what was found on it. */
export interface VmfsImage extends ReadDisk {
  path: string;
}

export const vmfsCommand = command<VmfsOptions>({
  name: 'vmfs',
  summary: 'decode VMFS volumes, and say whether ESX would take them for snapshots',
  description:
    'Finds VMFS volumes of versions 3, 5, 6 and VMFS-L by the partition table, in their usual places, and at any sector\n' +
    'where the table is gone. Shows their headers, ids, vml path and what is wrong. Volumes left over from an older layout\n' +
    'are shown, too, and called stale. Several images are taken as the LUNs of one estate: extents of a spanned volume\n' +
    'are put together, and one that is missing is named. With --presented or --presented-naa it says what ESX would make\n' +
    'of the volume on a disk with that id; it never changes anything.',
  arguments: [{ name: '<image...>', help: 'LUN images, partition images, block devices or VHDs' }],
  options: [
    {
      flags: '--presented <name>',
      help: 'how the host sees the disk: a vml path, or an naa., eui., t10. or mpx. name',
    },
    { flags: '--presented-naa <hex>', help: 'the NAA or EUI the host sees, as hex digits' },
    { flags: '--presented-lun <number>', help: 'the LUN the host sees', parse: parseCount },
    {
      flags: '--presented-smf <file>',
      help: 'what svccfg export iscsitgt wrote on the target: its guids are the NAAs',
    },
    { flags: '--every-sector', help: 'look at every sector for headers, however long that takes' },
    ...GUEST_OPTIONS,
  ],
  exits: {
    0: 'shown, in whatever state the volumes are, and when there are none',
    3: 'refused: no such file, or a parent that is missing or wrong',
  },
  examples: [
    'platter vmfs lun.raw',
    'platter vmfs lun.raw --presented vml.0200030000600144f07ed404000000496ff8cd0003434f4d535441',
    'platter vmfs extent0.raw extent1.raw --json',
  ],
  async run(paths, options, context) {
    const presented = await presentedBy(options, context);
    const images: VmfsImage[] = [];
    for (const path of paths) images.push(await readImage(path, options, presented, context));
    const spans = joinSpans(images.map(({ volumes }) => volumes.map(({ volume }) => volume)));
    if (context.json) await context.out.json(documentOf(images, spans, context.shown));
    else for (const text of vmfsText(images, spans, context.out, context.shown)) await context.out.line(text);
    return EXIT.ok;
  },
});

/** Opens an image and reads what volumes it has; it is closed again. */
async function readImage(
  path: string,
  options: Partial<VmfsOptions>,
  presented: readonly Presented[],
  context: CommandContext,
): Promise<VmfsImage> {
  const { signal, progress } = context;
  const chain = await openGuest(path, options, context);
  try {
    const disk = await readVmfs(chain.disk, {
      allocated: diskBytes(chain),
      presented,
      search: options.everySector ? 'always' : 'auto',
      memory: pagedMemory,
      signal,
      progress: (done, total) => progress.tell(`Search ${path}`, done, total, 'bytes'),
    });
    progress.clear();
    for (const { offset, length } of disk.unread)
      await context.warn(`${context.shown(path)}: ${length} bytes at ${offset} cannot be read and were not searched.`);
    return { path: chain.members[0]?.path ?? path, ...disk };
  } finally {
    await chain.close();
  }
}

/** Bytes the file system spends on the files of a chain; a block device is all there. */
function diskBytes({ members }: OpenChain): number {
  return members.reduce((sum, { summary }) => sum + (summary.diskBytes || summary.fileSize), 0);
}

/** What the options say of the disk as a host sees it; nothing when they say nothing. @throws UsageError, refusal. */
async function presentedBy(options: Partial<VmfsOptions>, context: CommandContext): Promise<Presented[]> {
  const { presented, presentedNaa, presentedLun, presentedSmf } = options;
  if ([presented, presentedNaa, presentedSmf].filter((given) => given !== undefined).length > 1)
    throw new UsageError('Give one of --presented, --presented-naa and --presented-smf.');
  if (presentedLun !== undefined && presentedLun > 0xffff) throw new UsageError('A LUN is at most 65535.');
  if (presentedSmf !== undefined) return presentedOf(readSmf(await readText(presentedSmf, context), presentedSmf));
  const text = presented ?? presentedNaa;
  if (text !== undefined) {
    const found = presentedFrom(text, presentedLun ?? null);
    if (found.length === 0 || (presentedNaa !== undefined && found[0]?.type !== 2))
      throw new UsageError(`${text} is neither a vml path nor an naa., eui., t10. or mpx. name.`);
    return found;
  }
  if (presentedLun !== undefined) throw new UsageError('--presented-lun goes with --presented or --presented-naa.');
  return [];
}

async function readText(path: string, { files, signal }: CommandContext): Promise<string> {
  const file = await files.open(files.resolve(path));
  try {
    return new TextDecoder().decode(await file.read(0, Math.min(file.size, MAX_SMF), signal));
  } finally {
    await file.close();
  }
}

function documentOf(
  images: readonly VmfsImage[],
  spans: readonly VmfsSpan[],
  shown: (path: string) => string,
): unknown {
  const findingsOf = (image: VmfsImage): Finding[] => [
    ...image.volumes.flatMap(({ volume }) => volume.findings),
    ...image.findings,
  ];
  return {
    schema: 'platter.vmfs/1',
    volumes: images.flatMap((image) =>
      image.volumes.map((read) => {
        const { findings, ...summary } = summariseVolume(read);
        const of = images.length > 1 ? { image: shown(image.path) } : {};
        return { ...of, ...summary, findings: findings.map(findingJson) };
      }),
    ),
    spans: spans
      .filter(({ numDevices }) => numDevices > 1)
      .map((span) => {
        const { extents, ...summary } = summariseSpan(span);
        return {
          ...summary,
          extents: extents.map(({ disk, ...extent }) => ({ image: shown(images[disk]?.path ?? ''), ...extent })),
        };
      }),
    images: images.map((image) => ({
      path: shown(image.path),
      size: image.size,
      everySector: image.everySector,
      findings: findingsOf(image).map(findingJson),
    })),
  };
}
