import type { Finding } from '../findings/finding.ts';
import { makeFinding } from '../findings/make.ts';
import { lvmHeader } from '../formats/vmfs/lvm.ts';
import { fromHex, toHex } from '../structure/codecs.ts';
import { composeVml, type DiskId, diskIdOf, explainDiskId, latin1, parseVml, splitId } from './disk-id.ts';
import type { LvmDevice } from './volume.ts';

/** What a host would be shown of a disk; null for what the text did not say. */
export interface Presented {
  /** As given, for people. */
  text: string;
  type: number;
  deviceType: number | null;
  lun: number | null;
  /** The id's value. */
  value: Uint8Array;
  /** Product characters; null when not told. */
  tail: string | null;
  /** `ends`: a T10 name, of which the stored serial number is the end. */
  compare: 'equal' | 'ends';
}

export type SnapshotVerdict = 'match' | 'snapshot' | 'lun-differs' | 'snapshot-model-tail-only';

/** Something an administrator can do about it. Platter does none of them. */
export interface SnapshotChoice {
  id: 'present-as-before' | 'mount' | 'resignature' | 'mask';
  title: string;
  text: string;
  /** Commands of ESX that do it, oldest first. */
  commands: string[];
}

/** What ESX would make of a volume on a disk that is presented so. */
export interface SnapshotAnswer {
  verdict: SnapshotVerdict;
  /** Whether every version of ESX does so; else it depends on the version and its settings. */
  certain: boolean;
  detail: string;
  /** The disk id in the header, and what was compared with it. */
  stored: string;
  presented: string;
  choices: SnapshotChoice[];
}

/** A vml path, an `naa.`, `eui.`, `t10.` or `mpx.` name, or bare hex of an NAA, with a LUN; null for anything else. */
export function parsePresented(text: string, lun: number | null = null): Presented | null {
  const trimmed = text.trim();
  const vml = parseVml(trimmed);
  if (vml) {
    const { value, tail } = splitId(vml);
    const { type, deviceType } = vml;
    return { text: trimmed, type, deviceType, lun: lun ?? vml.lun, value, tail, compare: 'equal' };
  }
  const told = { text: trimmed, deviceType: null, lun, tail: null };
  // twelve digits more are the product, as the header stores it
  const [, hex, product] =
    /^(?:naa\.|eui\.|0x)?([0-9a-f]{16}|[0-9a-f]{24}|[0-9a-f]{32})([0-9a-f]{12})?$/i.exec(trimmed) ?? [];
  if (hex) {
    const tail = product === undefined ? null : latin1(fromHex(product));
    return { ...told, type: 2, value: fromHex(hex), tail, compare: 'equal' };
  }
  const t10 = /^t10\.(.{1,255})$/i.exec(trimmed)?.[1];
  if (t10) return { ...told, type: 1, value: ascii(t10.replaceAll('_', ' ').trim()), compare: 'ends' };
  const mpx = /^(?:mpx\.)?(vmhba\d+:C\d+:T\d+:L(\d+))$/i.exec(trimmed);
  if (mpx) return { ...told, type: 0, lun: lun ?? Number(mpx[2]), value: ascii(mpx[1] ?? ''), compare: 'equal' };
  return null;
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);
}

/**
 * Compares the disk id in an LVM header with what is presented, as ESX does before it mounts a volume. A different id is
 * certain to make it a snapshot; sources disagree on LUN, product and device type, so those are version-dependent.
 */
export function judgeSnapshot(device: LvmDevice, presented: Presented): SnapshotAnswer {
  const stored = diskIdOf(device.value);
  const answer = compare(stored, presented);
  const lun = `LUN ${stored.lun}`;
  return {
    ...answer,
    stored: `${explainDiskId(stored).name ?? toHex(stored.id)}, ${lun} (${composeVml(stored)})`,
    presented: presented.lun === null ? presented.text : `${presented.text}, LUN ${presented.lun}`,
    choices: answer.verdict === 'match' ? [] : choicesFor(answer.verdict, stored),
  };
}

function compare(stored: DiskId, presented: Presented): Pick<SnapshotAnswer, 'verdict' | 'certain' | 'detail'> {
  const { value, tail } = splitId(stored);
  if (stored.type !== presented.type || !sameValue(value, presented)) {
    const detail = `The header remembers ${show(stored.type, value)}; the disk is presented as ${show(presented.type, presented.value)}. ESX takes the volume for a snapshot and does not mount it by itself.`;
    const path =
      stored.type === 0
        ? ' The header stores a path, as for disks without an id of their own: any other path or adapter has this effect.'
        : '';
    return { verdict: 'snapshot', certain: true, detail: detail + path };
  }
  const notes = [];
  const lunDiffers = presented.lun !== null && presented.lun !== stored.lun;
  if (lunDiffers)
    notes.push(
      `The id is the same, but the LUN is ${presented.lun}, not ${stored.lun}${stored.lun === 0 ? ' (which can also mean that none was stored)' : ''}. ESX 3 takes such a volume for a snapshot; later versions do so only for some devices.`,
    );
  const tailDiffers = presented.tail !== null && presented.tail !== tail;
  if (tailDiffers)
    notes.push(
      `The id is the same, but the product behind it is “${presented.tail?.trimEnd() ?? ''}”, not “${tail.trimEnd()}”, as after an update of the array’s firmware. Whether ESX minds depends on its version.`,
    );
  if (presented.deviceType !== null && presented.deviceType !== stored.deviceType)
    notes.push(
      `The device type is ${presented.deviceType}, not ${stored.deviceType}; a change of type may trigger it, too.`,
    );
  if (tailDiffers) return { verdict: 'snapshot-model-tail-only', certain: false, detail: notes.join(' ') };
  if (lunDiffers) return { verdict: 'lun-differs', certain: false, detail: notes.join(' ') };
  const untold = [presented.lun === null ? 'the LUN' : null, presented.tail === null ? 'the product' : null];
  const said = untold.filter((part) => part !== null).join(' and ');
  notes.unshift('The disk is presented with the id in the header: ESX mounts the volume.');
  if (said) notes.push(`Nothing was said of ${said}: should that differ, it depends on the version.`);
  return { verdict: 'match', certain: notes.length === 1, detail: notes.join(' ') };
}

function sameValue(value: Uint8Array, presented: Presented): boolean {
  if (presented.compare === 'ends') {
    const serial = latin1(value).trim();
    return serial !== '' && latin1(presented.value).endsWith(serial);
  }
  return toHex(value) === toHex(presented.value);
}

function show(type: number, value: Uint8Array): string {
  return type === 2 ? toHex(value) : type === 5 ? `the hash ${toHex(value)}` : `“${latin1(value).trim()}”`;
}

function choicesFor(verdict: SnapshotVerdict, stored: DiskId): SnapshotChoice[] {
  const name = explainDiskId(stored).name ?? toHex(stored.id);
  return [
    {
      id: 'present-as-before',
      title: 'Present the disk as it was',
      text: `Give it ${verdict === 'lun-differs' ? '' : `its id ${name} and `}LUN ${stored.lun} again at the array, and rescan. The best course where a change was not meant: nothing on the volume changes, and virtual machines stay registered.`,
      commands: [`esxcfg-rescan vmhbaN`],
    },
    {
      id: 'mount',
      title: 'Mount it with its signature kept',
      text: 'For a replica whose original this host does not see. Two volumes with one id cannot be mounted on a host at once.',
      commands: [
        'ESX 3: LVM.DisallowSnapshotLun=0 and LVM.EnableResignature=0, rescan, then back to 1 and 0',
        'ESX 4: esxcfg-volume -M LABEL',
        'ESXi 5 and later: esxcli storage vmfs snapshot mount -l LABEL',
      ],
    },
    {
      id: 'resignature',
      title: 'Resignature it',
      text: 'Writes new ids and the label snap-XXXXXXXX-LABEL. It cannot be undone, all extents must be there, and every virtual machine has to be registered anew.',
      commands: [
        'ESX 3: LVM.EnableResignature=1 (and LVM.DisallowSnapshotLun=0), rescan, then back to 0 and 1',
        'ESX 4: esxcfg-volume -r LABEL',
        'ESXi 5 and later: esxcli storage vmfs snapshot resignature -l LABEL',
      ],
    },
    {
      id: 'mask',
      title: 'Leave it alone',
      text: 'Where the original is in use: mask the copy from this host, or take its presentation away. ESX does not touch it until asked to.',
      commands: [],
    },
  ];
}

const ORDER: readonly SnapshotVerdict[] = ['match', 'snapshot-model-tail-only', 'lun-differs', 'snapshot'];

/** The answer for the disk, of several presented, that fits best; null when there are none. */
export function bestAnswer(device: LvmDevice, presented: readonly Presented[]): SnapshotAnswer | null {
  let best: SnapshotAnswer | null = null;
  for (const one of presented) {
    const answer = judgeSnapshot(device, one);
    if (!best || ORDER.indexOf(answer.verdict) < ORDER.indexOf(best.verdict)) best = answer;
  }
  if (best && presented.length > 1 && best.verdict === 'snapshot')
    return {
      ...best,
      detail: `None of the ${presented.length} disks presented has the id in the header. ${best.detail}`,
    };
  return best;
}

/** The finding of an answer: none where ESX mounts the volume. */
export function snapshotFinding({ at }: LvmDevice, { verdict, certain, detail }: SnapshotAnswer): Finding[] {
  if (verdict === 'match') return [];
  const field = verdict === 'lun-differs' ? lvmHeader.field('lun') : lvmHeader.field('diskId');
  return [
    makeFinding('vmfs.snapshot', 'decision', detail, {
      severity: certain ? 'warning' : 'info',
      offset: at + field.offset,
      length: field.length,
      field: field.name,
      structure: lvmHeader.id,
    }),
  ];
}
