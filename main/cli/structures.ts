import { GuestDisk } from '../../core/chain/guest.ts';
import { type Layer, layerOf } from '../../core/chain/layer.ts';
import { asPlatterError } from '../../core/errors.ts';
import type { Finding } from '../../core/findings/finding.ts';
import { gptEntry } from '../../core/formats/gpt/layout.ts';
import { type AnyStructure, structureById } from '../../core/formats/structures.ts';
import { countAllocated } from '../../core/formats/vhd/bat.ts';
import { countSet } from '../../core/formats/vhd/bitmap.ts';
import { equalBytes } from '../../core/formats/vhd/checks/context.ts';
import { FOOTER_LENGTH, SECTOR, UNALLOCATED } from '../../core/formats/vhd/constants.ts';
import type { FooterSighting } from '../../core/formats/vhd/footer.ts';
import { batmapHeader, dynamicHeader, footer, locatorEntry } from '../../core/formats/vhd/layout.ts';
import { type Locator, locatorEntryOffset } from '../../core/formats/vhd/locators.ts';
import type { VhdImage } from '../../core/formats/vhd/read.ts';
import type { Image } from '../../core/image.ts';
import type { ByteSource, Signal } from '../../core/io/source.ts';
import { holesAsZeros } from '../../core/partitions/guest.ts';
import { readTable } from '../../core/partitions/read.ts';
import type { Confidence } from '../../core/structure/structure.ts';
import { formatCount, formatOffset } from '../../core/structure/text.ts';
import { vmfsParts } from '../../core/vmfs/parts.ts';
import { readVolumes } from '../../core/vmfs/volumes.ts';

/** A field with what its bytes say. */
export interface FoundField {
  name: string;
  /** File offset. */
  offset: number;
  length: number;
  value: number | string | null;
  /** For people, with what it means. */
  text: string;
  /** Whether it is right; null when no rule judges it, or its structure's checksum does not vouch for it. */
  ok: boolean | null;
  /** How sure the meaning is, where the format is not published. */
  confidence?: Confidence;
}

/** A structure that stands in an image's file. */
export interface FoundStructure {
  /** `footer`, `footer-copy`, `header`, `locator-1`, `locator-1-text`, `bat`, `batmap`, `batmap-bits`, `mbr`, `gpt-entry-1`, `guest-mbr`, `vmfs-1-lvm` … */
  name: string;
  title: string;
  /** File offset. */
  offset: number;
  length: number;
  fields: FoundField[];
}

/** Fields that may hold anything: no rule can call them right or wrong. */
const FREE: Record<string, readonly string[]> = {
  'vhd.footer': ['creatorApplication', 'creatorHostOs', 'originalSize'],
  'vhd.locator': ['reserved'],
  'vhd.batmap': ['marker', 'keyHashCookie', 'keyHashNonce', 'keyHash', 'reserved'],
  'gpt.header': ['diskGuid', 'reserved', 'reserved2'],
  'gpt.entry': gptEntry.fields.map(({ name }) => name),
  'mbr.sector': ['bootCode', 'diskSignature', 'copyProtected', 'partition1', 'partition2', 'partition3', 'partition4'],
};

/** Bytes two footers share when one is a damaged form of the other. */
const SIMILAR = 384;

/** Every structure of an image, in file order, each field judged by the findings. */
export async function structuresOf(
  image: Image,
  findings: readonly Finding[],
  signal?: Signal,
): Promise<FoundStructure[]> {
  const found = image.vhd
    ? [...vhdStructures(image.vhd, findings), ...(await guestStructures(image, signal))]
    : await rawStructures(image, signal);
  return found.sort((a, b) => a.offset - b.offset || b.length - a.length);
}

async function rawStructures({ format, source }: Image, signal?: Signal): Promise<FoundStructure[]> {
  if (format !== 'raw') return [];
  return [...(await tableStructuresOf(source, (at) => at, signal)), ...(await volumeStructures(source, signal))];
}

/** Boot records and GPT of a disk, each field judged by what is wrong with the table; `placed` says where they are in the file. */
async function tableStructuresOf(
  disk: ByteSource,
  placed: (at: number, length: number) => number | null | Promise<number | null>,
  signal?: Signal,
): Promise<FoundStructure[]> {
  const { structures, findings } = await readTable(disk, { signal });
  const out: FoundStructure[] = [];
  for (const { id, title, structure, at, length } of structures) {
    const table = structureById(structure);
    const offset = await placed(at, length);
    if (!table || offset === null) continue;
    const wrong = (field: string): boolean =>
      !findings.some((finding) => finding.structure === structure && finding.field === field && finding.offset === at);
    const bytes = await disk.read(at, length, signal);
    if (bytes.length >= table.length) out.push({ ...decoded(table, offset, bytes, wrong), name: id, title });
  }
  return out;
}

/** Tables of the guest's disk that stand whole in this file: a child may hold some, and its parents the others. */
async function guestStructures(image: Image, signal?: Signal): Promise<FoundStructure[]> {
  let layer: Layer;
  try {
    layer = layerOf(image);
  } catch (thrown) {
    // what is damaged as an image has no guest to look at
    if (asPlatterError(thrown).kind !== 'refusal') throw thrown;
    return [];
  }
  const disk = new GuestDisk([layer], true);
  const placed = async (at: number, length: number): Promise<number | null> => {
    const runs = await disk.map(at, length, signal);
    return runs.length === 1 && runs[0]?.state === 'data' ? runs[0].fileOffset : null;
  };
  const found = await tableStructuresOf(holesAsZeros(disk), placed, signal);
  return found.map((one) => ({ ...one, name: `guest-${one.name}`, title: `${one.title} of the guest` }));
}

/** Headers of VMFS volumes, where the table says and in their usual places. */
async function volumeStructures(source: ByteSource, signal?: Signal): Promise<FoundStructure[]> {
  const { volumes } = await readVolumes(source, { search: 'never', ...(signal ? { signal } : {}) });
  const out: FoundStructure[] = [];
  for (const { id, title, structure, kind, at, faults } of vmfsParts(volumes)) {
    const table = structureById(structure);
    if (kind !== 'structure' || !table) continue;
    const bytes = await source.read(at, table.length, signal);
    if (bytes.length < table.length) continue;
    const wrong = (field: string): boolean | null => (faults.some((fault) => fault.field === field) ? false : null);
    out.push({ ...decoded(table, at, bytes, wrong), name: id, title });
  }
  return out;
}

function vhdStructures(vhd: VhdImage, findings: readonly Finding[]): FoundStructure[] {
  const { footers, header, batmap, locators } = vhd;
  const judge =
    (at: number, table: AnyStructure, sound: boolean) =>
    (name: string): boolean | null => {
      const wrong = findings.some(
        ({ severity, structure, field, offset }) =>
          severity !== 'info' &&
          structure === table.id &&
          field === name &&
          offset !== null &&
          offset >= at &&
          offset < at + table.length,
      );
      return wrong ? false : sound ? true : null;
    };

  const out: FoundStructure[] = [];
  for (const { name, title, sighting } of shownFooters(vhd)) {
    // the copy's faults are told with the footer that reads, where both say the same
    const twin = footers.chosen && equalBytes(sighting.bytes, footers.chosen.bytes) === FOOTER_LENGTH;
    const judged = judge(twin ? (footers.chosen?.at ?? 0) : sighting.at, footer, sighting.valid);
    const structure = decoded(footer, sighting.at, sighting.bytes, judged);
    out.push({ ...structure, name, title, length: sighting.length });
  }
  if (header) {
    const judged = judge(header.at, dynamicHeader, header.cookieOk && header.checksumOk);
    out.push({ name: 'header', ...decoded(dynamicHeader, header.at, header.bytes, judged) });
    for (const locator of locators) out.push(...locatorStructures(locator, header.at, header.bytes, judge));
  }
  out.push(...tableStructures(vhd, findings));
  if (batmap) {
    const judged = judge(batmap.at, batmapHeader, batmap.cookieOk && batmap.checksumOk);
    out.push({ name: 'batmap', ...decoded(batmapHeader, batmap.at, batmap.bytes, judged) });
    if (batmap.map) {
      const { at, bytes } = batmap.map;
      const full = countSet(bytes, Math.min(vhd.blocks, bytes.length * 8));
      const text = `${formatCount(full)} of ${formatCount(vhd.blocks)} blocks marked full`;
      const field = { name: 'full', offset: at, length: bytes.length, value: full, text, ok: null };
      out.push({ name: 'batmap-bits', title: 'Batmap', offset: at, length: bytes.length, fields: [field] });
    }
  }
  return out;
}

/** Footers, and what is left of them: bytes that merely stand where a footer belongs are the guest's. */
function shownFooters({
  footers,
  header,
  kind,
}: VhdImage): { name: string; title: string; sighting: FooterSighting }[] {
  const { end, copy, elsewhere, chosen } = footers;
  const isOne = (sighting: FooterSighting): boolean =>
    sighting.cookieOk ||
    sighting.poisoned ||
    sighting.checksumOk ||
    (chosen !== null &&
      equalBytes(sighting.bytes, chosen.bytes) >= SIMILAR &&
      sighting.value.uniqueId === chosen.value.uniqueId);
  const out = [];
  if (copy && kind !== 'fixed' && isOne(copy) && (copy.valid || header !== null || copy.cookieOk))
    out.push({ name: 'footer-copy', title: 'Footer copy', sighting: copy });
  if (elsewhere) out.push({ name: 'footer', title: 'Footer, not at the end', sighting: elsewhere });
  // a file of one footer is its own copy
  else if (end && isOne(end) && (end.at > 0 || out.length === 0))
    out.push({ name: 'footer', title: 'Footer', sighting: end });
  return out;
}

function decoded(
  table: AnyStructure,
  at: number,
  bytes: Uint8Array,
  judge: (field: string) => boolean | null,
): Omit<FoundStructure, 'name'> {
  const free = FREE[table.id] ?? [];
  const fields = table.decode(bytes).map(({ name, offset, length, value, text, note, confidence }): FoundField => {
    const ok = free.includes(name) ? null : judge(name);
    const field = { name, offset: at + offset, length, value, text: explained(text, note), ok };
    return confidence ? { ...field, confidence } : field;
  });
  return { title: table.title, offset: at, length: table.length, fields };
}

function explained(text: string, note: string | null): string {
  if (note === null) return text;
  return text === '' ? note : `${text} (${note})`;
}

function locatorStructures(
  { number, code, at, length, text }: Locator,
  headerAt: number,
  header: Uint8Array,
  judge: (at: number, table: AnyStructure, sound: boolean) => (field: string) => boolean | null,
): FoundStructure[] {
  const entryAt = locatorEntryOffset(number);
  const offset = headerAt + entryAt;
  const entry = decoded(
    locatorEntry,
    offset,
    header.subarray(entryAt, entryAt + locatorEntry.length),
    judge(offset, locatorEntry, true),
  );
  const out: FoundStructure[] = [{ ...entry, name: `locator-${number}`, title: `Parent locator ${number}` }];
  if (at !== null && length > 0) {
    const shown = text ?? `${length} bytes that are no text of the code ${code}`;
    const field = { name: 'text', offset: at, length, value: text, text: shown, ok: null };
    out.push({
      name: `locator-${number}-text`,
      title: `Text of parent locator ${number}`,
      offset: at,
      length,
      fields: [field],
    });
  }
  return out;
}

/** The block allocation table in a few figures. */
function tableStructures({ bat, blocks, source }: VhdImage, findings: readonly Finding[]): FoundStructure[] {
  if (!bat) return [];
  const length = Math.min(bat.paddedLength, source.size - bat.at);
  const ok = !findings.some(({ severity, structure }) => severity !== 'info' && structure === 'vhd.bat');
  let lowest = UNALLOCATED;
  let highest = -1;
  for (const entry of bat.entries) {
    if (entry === UNALLOCATED) continue;
    lowest = Math.min(lowest, entry);
    highest = Math.max(highest, entry);
  }
  const place = (sector: number): string => `sector ${sector}, at ${formatOffset(sector * SECTOR)}`;
  const field = (name: string, value: number | null, text: string, judged: boolean | null): FoundField => {
    return { name, offset: bat.at, length, value, text, ok: judged };
  };
  const allocated = countAllocated(bat);
  const present = bat.entries.length;
  const fields = [
    field(
      'entries',
      bat.promised,
      `${formatCount(present)} of ${formatCount(bat.promised)} in the file, for ${formatCount(blocks)} blocks`,
      ok,
    ),
    field('allocated', allocated, `${formatCount(allocated)} of ${formatCount(blocks)} blocks`, null),
  ];
  if (highest >= 0) {
    fields.push(field('lowest', lowest, `the first block in the file: ${place(lowest)}`, null));
    fields.push(field('highest', highest, `the last block in the file: ${place(highest)}`, null));
  }
  return [{ name: 'bat', title: 'Block allocation table', offset: bat.at, length, fields }];
}
