import { fsModeName, fsName } from '../../core/formats/vmfs/fs.ts';
import { diskIdTypeName } from '../../core/formats/vmfs/lvm.ts';
import { formatBytes, formatCount, formatOffset } from '../../core/structure/text.ts';
import type { ReadVolume } from '../../core/vmfs/disk.ts';
import { diskIdOf, explainDiskId } from '../../core/vmfs/disk-id.ts';
import type { VmfsVolume } from '../../core/vmfs/found.ts';
import type { VmfsSpan } from '../../core/vmfs/spans.ts';
import { type FsSummary, type LvmSummary, summariseVolume, type VmfsVolumeSummary } from '../../core/vmfs/summary.ts';
import type { VmfsImage } from './commands/vmfs.ts';
import { findingLines } from './findings-text.ts';
import { type Output, safe } from './output.ts';

/** Volumes of images for people, line by line. */
export function* vmfsText(
  images: readonly VmfsImage[],
  spans: readonly VmfsSpan[],
  out: Output,
  shown: (path: string) => string,
): Generator<string> {
  for (const [index, image] of images.entries()) {
    if (index > 0) yield '';
    yield `${out.style('bold', safe(shown(image.path)))}  ${formatBytes(image.size)}`;
    if (image.volumes.length === 0)
      yield `  No VMFS volume${image.everySector ? ': no sector begins with a header of one.' : ' in the usual places. --every-sector looks everywhere.'}`;
    for (const found of image.volumes) {
      yield '';
      yield* volumeLines(found, out);
    }
    if (image.findings.length > 0) yield '';
    yield* findingLines(image.findings, out);
  }
  for (const span of spans) if (span.numDevices > 1) yield* spanLines(span, images, out, shown);
}

function* volumeLines(found: ReadVolume, out: Output): Generator<string> {
  const { volume } = found;
  const summary = summariseVolume(found);
  const { lvm, fs } = summary;
  const magic = volume.fs?.value.magic ?? 0;
  const name = fs
    ? `“${safe(fs.label)}”, ${fsName(magic, fs.majorVersion)} (${fs.version})`
    : `VMFS extent, LVM ${lvm?.majorVersion ?? '?'}`;
  yield `  ${out.style('bold', name)}${summary.stale ? out.style('yellow', '  stale: left from before') : ''}`;
  for (const [label, text] of rowsOf(summary, volume)) yield `    ${out.style('dim', label.padEnd(13))}  ${safe(text)}`;
  if (summary.snapshot) yield* snapshotLines(summary, out);
  yield* findingLines(volume.findings, out);
}

type Rows = [string, string][];

function rowsOf(summary: VmfsVolumeSummary, { lvm: device }: VmfsVolume): Rows {
  const { lvm, fs } = summary;
  const rows: Rows = [];
  if (fs) rows.push(...fsRows(fs));
  if (lvm) {
    rows.push(...placeRows(summary, lvm));
    const id = device ? explainDiskId(diskIdOf(device.value)) : null;
    const what = id?.naa ? (id.naa.vendor ?? id.naa.format) : diskIdTypeName(lvm.diskId.type);
    const name = id ? (id.name ?? id.text ?? id.idHex) : '';
    rows.push(['device', `${name}, LUN ${lvm.diskId.lun}, ${what}`]);
    const { vendor: made, model, revision } = lvm.diskId;
    if (made || model) rows.push(['inquiry', [made, model, revision].filter((part) => part !== '').join(' ')]);
    rows.push(['vml path', lvm.vml]);
    if (lvm.volume?.uuid) rows.push(...volumeRows(lvm));
    rows.push(['device id', `${lvm.deviceUuid}, host ${lvm.hostMac ?? 'not told'}`]);
    rows.push(['changed', lvm.modTime ?? 'not told']);
  }
  const taken = summary.heartbeats?.taken ?? [];
  for (const { slot, owner, hostMac, state } of taken)
    rows.push([
      'heartbeat',
      `slot ${slot} ${state === 'in-use' ? `in use by ${owner} (${hostMac ?? ''})` : 'is damaged'}`,
    ]);
  return rows;
}

function fsRows(fs: FsSummary): Rows {
  return [
    ['datastore', `${fs.uuid}, made ${fs.created ?? '?'} by host ${fs.hostMac ?? '?'}`],
    [
      'blocks',
      `${formatBytes(Number(fs.blockSize))}, sub-blocks ${formatBytes(fs.subBlockSize)}, ${fsModeName(fs.config)}`,
    ],
    ['fs header', `at ${formatOffset(fs.offset)} (${formatCount(fs.offset)})`],
  ];
}

function placeRows({ partition, length }: VmfsVolumeSummary, lvm: LvmSummary): Rows {
  const start = lvm.partitionStartByte;
  const entry = partition === null ? '' : `, partition ${partition}`;
  const rows: Rows = [['lvm header', `at ${formatOffset(lvm.headerOffset)} (${formatCount(lvm.headerOffset)})`]];
  if (length !== null) {
    const last = (start + length) / 512 - 1;
    rows.push([
      'place',
      `sectors ${formatCount(start / 512)} to ${formatCount(last)}, ${formatCount(length / 512)} of them, ${formatBytes(length)}${entry}`,
    ]);
  }
  return rows;
}

function volumeRows({ volume, numPEs }: LvmSummary): Rows {
  if (!volume || volume.name === '') return [];
  const part =
    volume.numDevices > 1
      ? `, extents ${volume.firstPE} to ${volume.lastPE}, on ${volume.numDevices} devices`
      : `, ${formatCount(numPEs)} extent${numPEs === 1 ? '' : 's'}`;
  return [['volume', `${volume.uuid}, ${formatBytes(Number(volume.logicalSize))}${part}`]];
}

const VERDICTS = {
  'match': ['green', 'ESX would mount it'],
  'snapshot': ['red', 'ESX would take it for a snapshot'],
  'lun-differs': ['yellow', 'another LUN: depends on the version of ESX'],
  'snapshot-model-tail-only': ['yellow', 'another product: depends on the version of ESX'],
} as const;

function* snapshotLines({ snapshot }: VmfsVolumeSummary, out: Output): Generator<string> {
  if (!snapshot) return;
  const [style, words] = VERDICTS[snapshot.verdict];
  yield `    ${out.style('dim', 'presented'.padEnd(13))}  ${out.style(style, words)}`;
  yield `${' '.repeat(19)}${safe(snapshot.detail)}`;
  yield `${' '.repeat(19)}${out.style('dim', `header: ${safe(snapshot.stored)}`)}`;
  for (const { title, text, commands } of snapshot.choices) {
    yield `${' '.repeat(19)}- ${out.style('bold', title)}. ${text}`;
    for (const line of commands) yield `${' '.repeat(21)}${out.style('dim', line)}`;
  }
}

function* spanLines(
  { uuid, label, numDevices, extents, missing, complete }: VmfsSpan,
  images: readonly VmfsImage[],
  out: Output,
  shown: (path: string) => string,
): Generator<string> {
  yield '';
  const state = complete ? out.style('green', 'complete') : out.style('red', `${extents.length} of ${numDevices} here`);
  yield `${out.style('bold', `Volume ${label === null ? uuid : `“${safe(label)}”`}`)} over ${numDevices} devices: ${state}`;
  for (const { disk, device, firstPE, lastPE } of extents)
    yield `  extents ${firstPE} to ${lastPE}  ${safe(shown(images[disk]?.path ?? ''))}  ${device.value.deviceUuid}`;
  for (const { first, last } of missing) yield `  extents ${first} to ${last}  ${out.style('red', 'missing')}`;
}
