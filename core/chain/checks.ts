import type { PlatterError } from '../errors.ts';
import { mergeExtents, totalLength } from '../findings/extents.ts';
import type { Extent, Finding } from '../findings/finding.ts';
import { makeFinding } from '../findings/make.ts';
import { CLOCK_TOLERANCE, fieldParts, listed } from '../formats/vhd/checks/context.ts';
import { namesNoParent } from '../formats/vhd/checks/parent.ts';
import { msToVhdTime, SECTOR, vhdTimeToIso } from '../formats/vhd/constants.ts';
import { type DynamicHeader, dynamicHeader, footer as footerTable } from '../formats/vhd/layout.ts';
import type { VhdImage } from '../formats/vhd/read.ts';
import type { Signal } from '../io/source.ts';
import { NIL_UUID } from '../structure/codecs.ts';
import { formatBytes, formatOffset } from '../structure/text.ts';
import { layerOf } from './layer.ts';
import type { Lineage } from './lineage.ts';
import type { ParentLink } from './parents.ts';
import type { ImageSummary } from './summary.ts';

/** A child with all that is needed to judge its place in a chain. */
export interface LinkedImage {
  /** As read with a header that has been put right. */
  vhd: VhdImage;
  summary: ImageSummary;
  /** Ancestors, nearest first, and how each was found. */
  lineage: Lineage;
  /** What the parent's own check found; null when it was not checked. */
  parentFindings: readonly Finding[] | null;
  /** Milliseconds since 1970. */
  now: number;
}

/** XenServer's limit; longer chains are read all the same. */
const XENSERVER_LIMIT = 30;
/** Seconds by which times of one moment differ: file systems round. */
const TIME_TOLERANCE = 2;
/** Of more of a parent's loss than this it is not looked up what the child owns: that would read many bitmaps. */
const LOOKED_UP = 8 * 1024 * 1024 * 1024;

/** Rules over a child and its ancestors. @throws failure, cancelled. */
export async function checkLink(child: LinkedImage, signal?: Signal): Promise<Finding[]> {
  const { vhd, lineage } = child;
  const { header, footer } = vhd;
  const [first] = lineage.steps;
  if (!header?.usable || !footer || namesNoParent(vhd)) return [];
  if (!first) return lineage.failure ? [unseenFinding(child, lineage.failure)] : [];
  if (lineage.cycle) return [cycleFinding(child)];
  const findings = linkFindings(child, first.link, first.parent);
  const readable = first.link.verdict === 'ok' || first.link.verdict === 'moved';
  if (first.parent && readable) {
    findings.push(...(await damagedParent(child, first.parent, signal)));
    findings.push(...fitFindings(child, first.parent));
  }
  return [...findings, ...ancestorFindings(child)];
}

/** Images of one set that have the same id, each with its finding. */
export function duplicateIds(images: readonly { summary: ImageSummary; idAt: number | null }[]): Map<string, Finding> {
  const byId = new Map<string, { summary: ImageSummary; idAt: number | null }[]>();
  for (const image of images) {
    const id = image.summary.vhd?.id;
    if (!id || id === NIL_UUID) continue;
    const group = byId.get(id);
    if (!group) byId.set(id, [image]);
    // two names of one file are no copies
    else if (!group.some(({ summary }) => summary.identity === image.summary.identity)) group.push(image);
  }
  const out = new Map<string, Finding>();
  for (const [id, group] of byId) {
    if (group.length < 2) continue;
    for (const { summary, idAt } of group) {
      const others = group.filter((other) => other.summary !== summary).map((other) => other.summary.name);
      const named = others.slice(0, 8);
      const more = others.length > named.length ? ` and ${others.length - named.length} more` : '';
      const message = `The id ${id} is also that of ${named.join(', ')}${more}: a child that names it cannot tell them apart.`;
      out.set(summary.path, makeFinding('chain.duplicate-id', 'decision', message, idParts(idAt)));
    }
  }
  return out;
}

function idParts(footerAt: number | null) {
  return { ...(footerAt !== null && fieldParts(footerTable, footerAt, 'uniqueId')), repairs: ['uuid-new' as const] };
}

function headerParts({ vhd }: LinkedImage, field: keyof DynamicHeader) {
  return fieldParts(dynamicHeader, vhd.header?.at ?? 0, field);
}

/** Whether the parent was found, and is the right one. */
function linkFindings(child: LinkedImage, link: ParentLink, parent: ImageSummary | null): Finding[] {
  const reference = child.summary.vhd?.parent;
  const name = nameOf(child);
  const relink = { repairs: ['relink-parent' as const] };
  switch (link.verdict) {
    case 'missing': {
      const places = link.candidates.map(({ path }) => near(child, path));
      const tried = places.length > 0 ? `: looked for ${listed(places)}` : '';
      const unread = link.candidates.find((candidate) => candidate.unread);
      if (unread) {
        const there = `The parent "${name}" is there, at ${near(child, unread.path)}, but it cannot be read: what the image does not hold itself is not known.`;
        return [makeFinding('parent.missing', 'decision', there, headerParts(child, 'parentUnicodeName'))];
      }
      const id = reference && reference.id !== NIL_UUID ? ` No image here has its id, ${reference.id}.` : '';
      const message = `The parent "${name}" is missing${tried}.${id} What the image does not hold itself cannot be read.`;
      return [
        makeFinding('parent.missing', 'decision', message, { ...headerParts(child, 'parentUnicodeName'), ...relink }),
      ];
    }
    case 'moved': {
      const message = `The parent "${name}" is not where the image says; ${near(child, link.path ?? '')} has its id and is read in its place.`;
      return [
        makeFinding('parent.moved', 'no-loss', message, { ...headerParts(child, 'parentUnicodeName'), ...relink }),
      ];
    }
    case 'id-mismatch':
      return [mismatchFinding(child, link, parent)];
    case 'ok':
    case 'cycle':
      return [];
  }
}

/** The parent may be there, but the system would not let us look. */
function unseenFinding(child: LinkedImage, failure: PlatterError): Finding {
  const message = `The parent "${nameOf(child)}" could not be looked for: ${failure.message}`;
  return makeFinding('parent.missing', 'decision', message, headerParts(child, 'parentUnicodeName'));
}

function mismatchFinding(child: LinkedImage, link: ParentLink, parent: ImageSummary | null): Finding {
  const path = near(child, link.path ?? '');
  const why = link.candidates.find((candidate) => candidate.path === link.path)?.why ?? 'Its id differs.';
  const parts = { ...headerParts(child, 'parentUniqueId'), repairs: ['relink-parent' as const] };
  if (child.summary.vhd?.parent?.id === NIL_UUID) {
    const message = `The parent's id is nil, which means a raw disk, but ${path} is a VHD: read as raw, its own tables would be taken for the guest's data.`;
    return makeFinding('parent.id-nil', 'decision', message, parts);
  }
  // a file without a readable id may be the right one: it is damaged before it is wrong
  if (parent && hasNoId(parent)) {
    const message = `The parent ${path} is damaged: ${parent.fileSize === 0 ? 'the file is empty' : 'no valid footer says what it is'}. What the image does not hold itself cannot be read.`;
    return makeFinding('parent.damaged', 'decision', message, { ...parts, repairs: [] });
  }
  return makeFinding(
    'parent.id-mismatch',
    'decision',
    `The file in the parent's place, ${path}, is not the parent. ${why}`,
    parts,
  );
}

/** Whether a file in a parent's place may be the parent, and is too damaged to tell its id. */
export function hasNoId({ foreign, vhd }: ImageSummary): boolean {
  return foreign === null && !vhd?.id;
}

/** Errors of the parent, as far as they reach the child. */
async function damagedParent(child: LinkedImage, parent: ImageSummary, signal?: Signal): Promise<Finding[]> {
  const parts = headerParts(child, 'parentUniqueId');
  // partitions and volumes of a raw parent are the guest's: as an image the parent is whole
  const errors =
    child.parentFindings?.filter(({ severity, code }) => severity === 'error' && !/^(table|gpt|vmfs)\./.test(code)) ??
    [];
  if (errors.length === 0) {
    const { vhd } = parent;
    // not checked itself: only what its summary shows
    const headless = vhd !== null && vhd.kind !== 'fixed' && vhd.blocks === null;
    if (child.parentFindings || !headless) return [];
    const message = `The parent ${near(child, parent.path)} is damaged: its dynamic header or its table cannot be read.`;
    return [makeFinding('parent.damaged', 'decision', message, parts)];
  }
  const lost = await lostInChild(child, errors, signal);
  const codes = listed([...new Set(errors.map(({ code }) => code))].slice(0, 4));
  const reach = lost.length > 0 ? ` Of what the image takes from it, ${formatBytes(totalLength(lost))} are lost.` : '';
  const message = `The parent ${near(child, parent.path)} has ${errors.length === 1 ? 'an error' : `${errors.length} errors`} (${codes}).${reach}`;
  const lossless = errors.every(({ prognosis }) => prognosis === 'no-loss');
  const prognosis = lost.length > 0 ? 'some-loss' : lossless ? 'no-loss' : 'decision';
  return [makeFinding('parent.damaged', prognosis, message, { ...parts, lost })];
}

/** What a parent has lost and the child does not hold itself. */
async function lostInChild(
  { vhd, summary }: LinkedImage,
  errors: readonly Finding[],
  signal?: Signal,
): Promise<Extent[]> {
  const lost = mergeExtents(
    errors.flatMap((finding) => finding.lost),
    vhd.virtualSize ?? 0,
  );
  if (totalLength(lost) > LOOKED_UP || !vhd.header?.usable || !vhd.bat || vhd.virtualSize === null) return lost;
  const layer = layerOf({ path: summary.path, source: vhd.source, format: 'vhd', vhd, foreign: null });
  const out: Extent[] = [];
  for (const { offset, length } of lost) {
    for (const run of await layer.runs(offset, length, signal)) {
      if (run.state !== 'own') out.push({ offset: run.at, length: run.length });
    }
  }
  return mergeExtents(out);
}

/** Whether a parent that reads also fits: time, size, block size. */
function fitFindings(child: LinkedImage, parent: ImageSummary): Finding[] {
  const findings: Finding[] = [];
  const { vhd, summary } = child;
  const remembered = summary.vhd?.parent?.timestamp ?? 0;
  const modified = msToVhdTime(parent.modified);
  // one in the future is a finding of its own
  const possible = remembered !== 0 && remembered <= msToVhdTime(child.now) + CLOCK_TOLERANCE;
  if (possible && Math.abs(remembered - modified) > TIME_TOLERANCE) {
    const message = `The image remembers its parent as of ${vhdTimeToIso(remembered)}; ${near(child, parent.path)} was changed at ${vhdTimeToIso(modified)}. Setting a flag on it does that, too, so it need not have been written to.`;
    findings.push(makeFinding('parent.timestamp', 'cosmetic', message, headerParts(child, 'parentTimeStamp')));
  }
  // a size that no disk has is a finding of its own
  const size = vhd.virtualSize || null;
  const parentSize = parent.vhd ? parent.vhd.virtualSize : parent.fileSize - (parent.fileSize % SECTOR);
  const sizeParts = fieldParts(footerTable, vhd.footer?.at ?? 0, 'currentSize');
  if (size !== null && parentSize !== null && parentSize > size) {
    const message = `The parent's disk is ${formatBytes(parentSize)} (${parentSize} bytes), the image's only ${formatBytes(size)} (${size} bytes): the guest does not see what lies past ${formatOffset(size)}. A parent that was grown after its child was made looks like this.`;
    findings.push(makeFinding('parent.larger', 'decision', message, sizeParts));
  } else if (size !== null && parentSize !== null && parentSize < size) {
    const message = `The image's disk is ${formatBytes(size)}, its parent's ${formatBytes(parentSize)}: past that, only what the image holds itself is not zero. vhd-util cannot coalesce it without growing the parent first.`;
    findings.push(makeFinding('parent.smaller', 'cosmetic', message, sizeParts));
  }
  const blockSize = summary.vhd?.blockSize ?? null;
  const parentBlockSize = parent.vhd?.blockSize ?? null;
  if (blockSize !== null && parentBlockSize !== null && blockSize !== parentBlockSize) {
    const message = `Blocks are ${formatBytes(blockSize)} here and ${formatBytes(parentBlockSize)} in the parent. That is legal; vhd-util mishandles it.`;
    findings.push(makeFinding('parent.block-size', 'cosmetic', message, headerParts(child, 'blockSize')));
  }
  return findings;
}

/** Matters of the chain above. */
function ancestorFindings(child: LinkedImage): Finding[] {
  const findings: Finding[] = [];
  const { vhd, summary, lineage } = child;
  const ancestors = lineage.steps.flatMap(({ parent }) => (parent ? [parent] : []));
  const footerAt = vhd.footer?.at ?? null;
  const own = summary.vhd?.id;
  const twin = ancestors.find((ancestor) => own && own !== NIL_UUID && ancestor.vhd?.id === own);
  if (twin) {
    const message = `The image has the same id as its ancestor ${near(child, twin.path)}, ${own ?? ''}: by its id it would be its own ancestor.`;
    findings.push(makeFinding('chain.duplicate-id', 'decision', message, { ...idParts(footerAt), severity: 'error' }));
  }
  const length = ancestors.length + 1;
  if (lineage.tooLong) {
    const message = `The chain has more than ${length} members and was not followed further.`;
    findings.push(makeFinding('chain.too-long', 'decision', message, { severity: 'error' }));
  } else if (length > XENSERVER_LIMIT) {
    const message = `The chain has ${length} members; XenServer allows ${XENSERVER_LIMIT}.`;
    findings.push(makeFinding('chain.too-long', 'cosmetic', message));
  }
  const suspended = ancestors.filter((ancestor) => ancestor.vhd?.savedState);
  if (suspended.length > 0) {
    const message = `${listed(suspended.map(({ path }) => near(child, path)))} ${suspended.length === 1 ? 'belongs' : 'belong'} to a suspended machine: what it held in memory is not on this disk.`;
    findings.push(makeFinding('chain.saved-state', 'decision', message, headerParts(child, 'parentUniqueId')));
  }
  return findings;
}

function cycleFinding(child: LinkedImage): Finding {
  const { summary, lineage } = child;
  const path = [summary.path, ...lineage.steps.map(({ link }) => link.path ?? '')].map((each) => near(child, each));
  const message = `Following the parents from here leads in a circle: ${path.join(' → ')}. There is no base, so the disk cannot be read.`;
  return makeFinding('chain.cycle', 'decision', message, {
    ...headerParts(child, 'parentUniqueId'),
    repairs: ['relink-parent'],
  });
}

/** A path as a message names it: from the child's folder on where it lies in there. */
function near({ summary }: LinkedImage, path: string): string {
  const folder = summary.path.slice(0, summary.path.length - summary.name.length);
  return path.startsWith(folder) ? path.slice(folder.length) : path;
}

function nameOf({ summary }: LinkedImage): string {
  const reference = summary.vhd?.parent;
  return reference?.name || (reference?.locators.find(({ text }) => text)?.text ?? '') || (reference?.id ?? '');
}
