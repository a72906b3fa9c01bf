import { makeFinding } from '../findings/make.ts';
import { NIL_VMFS_ID } from '../formats/vmfs/codecs.ts';
import { PE_LENGTH } from '../formats/vmfs/constants.ts';
import { lvmVolume } from '../formats/vmfs/lvm.ts';
import { formatCount } from '../structure/text.ts';
import type { VmfsVolume } from './found.ts';
import { isHead, type LvmDevice } from './volume.ts';

/** One device of a volume, among all that were given. */
export interface SpanExtent {
  /** Which of the disks given holds it. */
  disk: number;
  volume: VmfsVolume;
  device: LvmDevice;
  firstPE: bigint;
  lastPE: bigint;
}

/** A logical volume over one or more devices. */
export interface VmfsSpan {
  /** Id of the logical volume. */
  uuid: string;
  snapId: number;
  /** Datastore's label and id, when its head extent is here. */
  label: string | null;
  datastore: string | null;
  numDevices: number;
  /** By their place in the volume. */
  extents: SpanExtent[];
  /** Runs of physical extents that no device given holds. */
  missing: { first: bigint; last: bigint }[];
  complete: boolean;
}

/**
 * Puts volumes of several disks together by the id of their logical volume, and gives the extents of those that are not
 * complete a finding that says which part is missing.
 */
export function joinSpans(disks: readonly (readonly VmfsVolume[])[]): VmfsSpan[] {
  const groups = new Map<string, SpanExtent[]>();
  for (const [disk, volumes] of disks.entries())
    for (const volume of volumes) {
      const device = volume.lvm;
      const descriptor = device?.volume;
      if (!device || !descriptor || volume.stale || descriptor.uuid === NIL_VMFS_ID) continue;
      const key = `${descriptor.uuid}/${descriptor.snapId}`;
      const extent = { disk, volume, device, firstPE: descriptor.firstPE, lastPE: descriptor.lastPE };
      groups.set(key, [...(groups.get(key) ?? []), extent]);
    }
  return [...groups.values()].map(spanOf);
}

function spanOf(extents: SpanExtent[]): VmfsSpan {
  extents.sort((a, b) => (a.firstPE < b.firstPE ? -1 : a.firstPE > b.firstPE ? 1 : 0));
  const descriptor = extents[0]?.device.volume;
  const head = extents.find(({ device }) => isHead(device));
  const fs = head?.volume.fs?.value;
  const numDevices = Math.max(1, ...extents.map(({ device }) => device.volume?.numDevices ?? 1));
  // a copy of a device given beside it is one device all the same
  const devices = new Set(extents.map(({ device }) => device.value.deviceUuid)).size;
  const here = devices >= numDevices;
  const span: VmfsSpan = {
    uuid: descriptor?.uuid ?? '',
    snapId: descriptor?.snapId ?? 0,
    label: fs?.label ?? null,
    datastore: fs?.uuid ?? null,
    numDevices,
    extents,
    missing: gaps(extents, here ? 0n : physicalExtents(extents)),
    complete: here,
  };
  span.complete &&= span.missing.length === 0;
  if (!span.complete) for (const extent of extents) extent.volume.findings.push(missingFinding(span, extent, devices));
  return span;
}

/** Holes in the numbering, up to `total` where that is known. */
function gaps(extents: readonly SpanExtent[], total: bigint): VmfsSpan['missing'] {
  const out: VmfsSpan['missing'] = [];
  let next = 0n;
  for (const { firstPE, lastPE } of extents) {
    if (firstPE > next) out.push({ first: next, last: firstPE - 1n });
    if (lastPE >= next) next = lastPE + 1n;
  }
  if (total > next) out.push({ first: next, last: total - 1n });
  return out;
}

/** How many a volume has, by its size; 0 in VMFS-6, where they vary in length: what follows the last device is not known. */
function physicalExtents(extents: readonly SpanExtent[]): bigint {
  let total = 0n;
  for (const { device } of extents) {
    if (device.value.majorVersion >= 6 || !device.volume) continue;
    const count = device.volume.logicalSize / BigInt(PE_LENGTH);
    if (count > total) total = count;
  }
  return total;
}

function missingFinding({ numDevices, missing, label }: VmfsSpan, { device }: SpanExtent, devices: number) {
  const runs = missing.map(({ first, last }) => `${formatCount(first)} to ${formatCount(last)}`).join(', ');
  const parts = runs ? ` Missing: physical extents ${runs}.` : '';
  const name = label === null ? 'The volume' : `The volume “${label}”`;
  return makeFinding(
    'vmfs.extent-missing',
    'decision',
    `${name} spans ${numDevices} devices, and ${devices === 1 ? 'only this one is' : `${devices} of them are`} here.${parts}`,
    {
      offset: device.volumeAt + lvmVolume.field('numDevices').offset,
      length: 4,
      field: 'numDevices',
      structure: lvmVolume.id,
    },
  );
}
