import { decodeVmfsId, type VmfsId } from '../formats/vmfs/codecs.ts';
import { deviceTypeName } from '../formats/vmfs/lvm.ts';
import { fromHex } from '../structure/codecs.ts';
import { type ExplainedId, explainDiskId, hasUsualLength, parseVml, type VmlPath } from './disk-id.ts';
import { explainNaa, type NaaParts } from './naa.ts';

/** A path of an adapter: `vmhba32:1:3:1` in ESX 3, `vmhba32:C0:T1:L3:1` later. */
export interface HbaPath {
  text: string;
  adapter: number;
  /** Null in ESX 3's form, which has none. */
  channel: number | null;
  target: number;
  lun: number;
  partition: number | null;
}

/** A vml path with what its parts mean. */
export interface ExplainedVml {
  text: string;
  type: number;
  typeName: string;
  /** These three are null in the path of an NVMe device, which does not say them. */
  deviceType: number | null;
  deviceTypeName: string | null;
  lun: number | null;
  partition: number | null;
  id: ExplainedId;
}

/** A name as ESX 4 and later give it: `t10.…` says vendor, product and serial number in one. */
export interface T10Name {
  name: string;
  /** With spaces where ESX writes underscores. */
  text: string;
}

/** What one line says. Parts that it does not have are null. */
export interface ExplainedLine {
  line: string;
  /** `unknown` where nothing in the line was understood. */
  kind: 'vml' | 'device' | 'link' | 'vmhbadevs' | 'volume' | 'unknown';
  vml: ExplainedVml | null;
  naa: NaaParts | null;
  t10: T10Name | null;
  path: HbaPath | null;
  /** Linux device of the service console, as `/dev/sdf1`. */
  device: string | null;
  /** Id of a volume. */
  volume: VmfsId | null;
  /** Name of a datastore that links to it. */
  label: string | null;
  /** What more can be said, and what does not fit together. */
  notes: string[];
}

/** Longest line looked at, and most lines. */
const MAX_LINE = 2048;
const MAX_LINES = 1000;

/**
 * Explains a vml path, a device name, a volume's id, or lines of `esxcfg-vmhbadevs -m` and `ls -l` of /vmfs/devices/disks
 * and /vmfs/volumes. One answer a line that is not empty.
 */
export function explainLines(text: string): ExplainedLine[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim().slice(0, MAX_LINE))
    .filter((line) => line !== '' && !/^total \d+$/.test(line))
    .slice(0, MAX_LINES)
    .map(explainLine);
}

function explainLine(line: string): ExplainedLine {
  const out: ExplainedLine = {
    line,
    kind: 'unknown',
    vml: null,
    naa: null,
    t10: null,
    path: null,
    device: null,
    volume: null,
    label: null,
    notes: [],
  };
  const link = /^(.*?)\s*->\s*(\S+)$/.exec(line);
  for (const word of line.split(/\s+/)) take(word, out);
  out.kind = kindOf(out, link !== null);
  // ls -l /vmfs/volumes: the name that people gave stands before the arrow
  if (link && out.volume && !out.vml) out.label = nameBefore(link[1] ?? '');
  addNotes(out);
  return out;
}

/** The last column of `ls -l` before the arrow; labels may hold spaces, and then the date ends before them. */
function nameBefore(text: string): string {
  const listed = /^[-a-z]{10}\S*\s.*?(?:\d{1,2}:\d{2}|\b\d{4})\s+(.+)$/.exec(text);
  return (listed?.[1] ?? text).trim();
}

function take(raw: string, out: ExplainedLine): void {
  // paths of /vmfs/devices/disks and trailing punctuation of logs
  const word = raw.replace(/^.*\/(?=(?:vml|naa|eui|t10|mpx)\.)/, '').replace(/[,;.]+$/, '');
  const vml = parseVml(word);
  if (vml) {
    out.vml ??= explainVml(vml);
    return;
  }
  const name = /^(?:(naa|eui)\.|0x)?([0-9a-f]{16}|[0-9a-f]{24}|[0-9a-f]{32})(?::\d+)?$/i.exec(word);
  if (name?.[2]) out.naa ??= explainNaa(name[2]);
  const t10 = /^t10\.(.+?)(?::\d+)?$/i.exec(word)?.[1];
  if (t10) out.t10 ??= { name: `t10.${t10}`, text: t10.replaceAll('_', ' ').trim() };
  out.path ??= parseHba(word);
  if (/^\/dev\/[a-z]/.test(word)) out.device ??= word;
  out.volume ??= decodeVmfsId(word.replace(/^.*\//, ''));
}

/** Takes an adapter's path apart; null for text that is none. */
function parseHba(text: string): HbaPath | null {
  const later = /^(?:mpx\.)?(vmhba(\d+):C(\d+):T(\d+):L(\d+)(?::(\d+))?)$/i.exec(text);
  const [, whole = '', adapter = '', channel = '', target = '', lun = '', part] = later ?? [];
  if (later) return hba(whole, adapter, channel, target, lun, part);
  const early = /^(vmhba(\d+):(\d+):(\d+)(?::(\d+))?)$/i.exec(text);
  return early ? hba(early[1] ?? '', early[2] ?? '', null, early[3] ?? '', early[4] ?? '', early[5]) : null;
}

function hba(
  text: string,
  adapter: string,
  channel: string | null,
  target: string,
  lun: string,
  part: string | undefined,
): HbaPath {
  // ESX 3 writes :0 for the whole disk
  const partition = part === undefined || part === '0' ? null : Number(part);
  return {
    text,
    adapter: Number(adapter),
    channel: channel === null ? null : Number(channel),
    target: Number(target),
    lun: Number(lun),
    partition,
  };
}

function explainVml(vml: VmlPath): ExplainedVml {
  const { text, type, deviceType, lun, partition } = vml;
  const id = explainDiskId(vml);
  return {
    text,
    type,
    typeName: id.typeName,
    deviceType,
    deviceTypeName: deviceType === null ? null : deviceTypeName(deviceType),
    lun,
    partition,
    id,
  };
}

function kindOf({ vml, naa, t10, path, device, volume }: ExplainedLine, link: boolean): ExplainedLine['kind'] {
  if (path && device) return 'vmhbadevs';
  if (link && (vml || volume)) return 'link';
  if (vml) return 'vml';
  if (naa || t10 || path) return 'device';
  return volume ? 'volume' : 'unknown';
}

function addNotes(out: ExplainedLine): void {
  const { vml, path, naa, device, volume, notes } = out;
  if (vml?.id.naa) notes.push(...vml.id.naa.notes);
  if (naa) notes.push(...naa.notes);
  if (vml && !hasUsualLength({ type: vml.type, id: fromHex(vml.id.idHex) }))
    notes.push(
      `An NAA or EUI has 8, 12 or 16 bytes, and six of the product behind it: this has ${vml.id.idHex.length / 2}. Some of the path is missing, or it is none.`,
    );
  if (vml?.lun && vml.lun > 255) notes.push('LUNs above 255 are written so by ESXi 6 and later.');
  if (vml?.type === 0)
    notes.push('The disk has no id of its own: this is a path, and changes with adapter and cabling.');
  if (vml?.type === 5) notes.push('The hash of an NVMe device; what it is made from is not known here.');
  if (path && vml && vml.lun !== null && path.lun !== vml.lun)
    notes.push(`The path says LUN ${path.lun}, the vml path ${vml.lun}.`);
  if (path && vml && path.partition !== vml.partition)
    notes.push(`The path says ${partitionName(path.partition)}, the vml path ${partitionName(vml.partition)}.`);
  if (naa && vml?.id.naa && naa.hex !== vml.id.naa.hex) notes.push('The vml path holds another id than the name.');
  if (path?.channel === null && device && volume)
    notes.push(`The volume is on partition ${path.partition ?? 'none'} of the disk behind that path, ${device}.`);
}

function partitionName(partition: number | null): string {
  return partition === null ? 'the whole disk' : `partition ${partition}`;
}
