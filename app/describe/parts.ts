import type { Finding, Severity } from '../../core/findings/finding.ts';
import { worst } from '../../core/findings/finding.ts';
import { FOOTER_LENGTH, HEADER_LENGTH, SECTOR, UNALLOCATED } from '../../core/formats/vhd/constants.ts';
import { dataEnd, type VhdImage } from '../../core/formats/vhd/read.ts';
import type { Image } from '../../core/image.ts';
import type { Signal } from '../../core/io/source.ts';
import { formatBytes, formatCount, formatOffset } from '../../core/structure/text.ts';
import type { StructurePart } from '../contract/types.ts';
import { diskParts } from './disk-parts.ts';

type Draft = Omit<StructurePart, 'state'> & { missing?: boolean };

/** Runs of blocks that are listed one by one; more are shown as one. */
const MAX_RUNS = 64;
/** Gaps up to this many bytes are looked into. */
const LOOK_INTO = 1024 * 1024;

/** Everything that stands in the file, in file order, gaps included. */
export async function imageParts(image: Image, findings: readonly Finding[], signal: Signal): Promise<StructurePart[]> {
  const { source, vhd } = image;
  const drafts = vhd ? vhdParts(vhd) : [];
  const flat = vhd ? fixedLength(vhd) : source.size;
  if (flat > 0) drafts.push(...(await diskParts(source, flat, signal)));
  drafts.sort((a, b) => a.at - b.at || a.length - b.length);
  const out: Draft[] = [];
  let end = 0;
  for (const draft of drafts) {
    if (draft.at > end) out.push(await gap(image, end, draft.at - end, signal));
    out.push(draft);
    end = Math.max(end, draft.at + draft.length);
  }
  if (end < source.size) out.push(await gap(image, end, source.size - end, signal));
  return out.map(({ missing, ...part }) => ({ ...part, state: missing ? 'missing' : stateOf(part, findings) }));
}

/** Gravest finding about bytes of the part. */
function stateOf(part: Omit<Draft, 'missing'>, findings: readonly Finding[]): 'ok' | Severity {
  const inside = findings.filter(
    ({ offset }) => offset !== null && offset >= part.at && offset < part.at + Math.max(1, part.length),
  );
  const found = worst(inside);
  return found === null || found === 'info' ? 'ok' : found;
}

async function gap({ source }: Image, at: number, length: number, signal: Signal): Promise<Draft> {
  let note = formatBytes(length);
  if (length <= LOOK_INTO) {
    const bytes = await source.read(at, length, signal);
    note += bytes.every((byte) => byte === 0) ? ', all zero' : ', not zero';
  }
  return { id: `gap-${formatOffset(at)}`, title: 'Gap', structure: null, kind: 'gap', at, length, note };
}

function vhdParts(vhd: VhdImage): Draft[] {
  const { footers, header, bat, batmap, kind } = vhd;
  const out: Draft[] = [];
  const add = (
    id: string,
    title: string,
    structure: string | null,
    kindOfPart: StructurePart['kind'],
    at: number,
    length: number,
    note: string | null = null,
  ): void => void out.push({ id, title, structure, kind: kindOfPart, at, length, note });

  if (footers.copy && kind !== 'fixed' && (footers.copy.cookieOk || footers.copy.poisoned || header?.cookieOk))
    add('copy', 'Footer copy', 'vhd.footer', 'structure', 0, FOOTER_LENGTH);
  if (header) add('header', 'Dynamic header', 'vhd.header', 'structure', header.at, HEADER_LENGTH);
  for (const { number, code, at, length, space, text } of vhd.locators)
    if (at !== null && length > 0)
      add(
        `locator-${number}`,
        `Locator ${number}`,
        null,
        'text',
        at,
        Math.max(length, space),
        text === null ? code : `${code}: ${text}`,
      );
  if (bat) {
    const note = `${formatCount(vhd.blocks)} blocks, ${formatCount(bat.promised)} entries`;
    add('bat', 'BAT', null, 'table', bat.at, Math.min(bat.paddedLength, vhd.source.size - bat.at), note);
  }
  if (batmap?.cookieOk) {
    add('batmap', 'Batmap', 'vhd.batmap', 'structure', batmap.at, SECTOR);
    if (batmap.map) add('batmap-bits', 'Batmap bits', null, 'bitmap', batmap.map.at, batmap.map.bytes.length);
  }
  if (kind !== 'fixed') out.push(...blockParts(vhd));
  const { end, elsewhere } = footers;
  if (end && (end.valid || end.cookieOk || end.poisoned))
    add(
      'footer',
      'Footer',
      'vhd.footer',
      'structure',
      end.at,
      end.length,
      end.length < FOOTER_LENGTH ? '511 bytes' : null,
    );
  else if (elsewhere)
    add('footer', 'Footer', 'vhd.footer', 'structure', elsewhere.at, elsewhere.length, 'not at the end');
  else {
    const at = dataEnd(vhd);
    const note = `belongs at ${formatOffset(at)}`;
    out.push({
      id: 'footer',
      title: 'Footer',
      structure: 'vhd.footer',
      kind: 'structure',
      at,
      length: 0,
      note,
      missing: true,
    });
  }
  return out;
}

/** Bytes of a fixed disk that are in its file; 0 for other kinds. */
function fixedLength({ kind, virtualSize, footers, source }: VhdImage): number {
  if (kind !== 'fixed') return 0;
  return Math.min(virtualSize ?? 0, footers.end?.valid ? footers.end.at : source.size);
}

/** Runs of neighbouring blocks; one part from the first to the last where they are many. */
function blockParts({ bat, header, bitmapBytes, blocks, source }: VhdImage): Draft[] {
  if (!bat || !header?.usable) return [];
  const length = bitmapBytes + header.value.blockSize;
  const sorted = bat.entries.filter((entry) => entry !== UNALLOCATED && entry * SECTOR < source.size).sort();
  const runs: { at: number; end: number; count: number }[] = [];
  let last: { at: number; end: number; count: number } | undefined;
  for (const entry of sorted) {
    const at = entry * SECTOR;
    const end = Math.min(at + length, source.size);
    if (last && at <= last.end) {
      last.end = Math.max(last.end, end);
      last.count += 1;
    } else runs.push((last = { at, end, count: 1 }));
  }
  const part = (id: string, at: number, end: number, count: number, note: string): Draft => {
    const title = `${formatCount(count)} block${count === 1 ? '' : 's'}`;
    return { id, title, structure: null, kind: 'blocks', at, length: end - at, note };
  };
  const first = runs[0];
  if (!first || !last) return [];
  if (runs.length > MAX_RUNS) {
    const note = `in ${formatCount(runs.length)} runs; of ${formatCount(blocks)}`;
    return [part('blocks', first.at, last.end, sorted.length, note)];
  }
  return runs.map(({ at, end, count }, index) =>
    part(index === 0 ? 'blocks' : `blocks-${formatOffset(at)}`, at, end, count, `of ${formatCount(blocks)}`),
  );
}
