import { vhdTimeToIso } from '../../core/formats/vhd/constants.ts';
import { geometryBytes } from '../../core/formats/vhd/geometry.ts';
import { formatBytes, formatCount, formatOffset } from '../../core/structure/text.ts';
import { findingLines, verdictText } from './findings-text.ts';
import { creatorText, type Inspection } from './inspection.ts';
import { type Output, safe } from './output.ts';
import type { FoundStructure } from './structures.ts';

/** An inspected image as text, a piece at a time: facts, structures field by field, findings. */
export function* inspectionText(
  inspection: Inspection,
  out: Output,
  shown: (path: string) => string,
): Generator<string> {
  const { path, structures, findings } = inspection;
  yield `${out.style('bold', safe(path))}: ${whatItIs(inspection)}\n`;
  const facts = factsOf(inspection, shown);
  const width = facts.reduce((most, [label]) => Math.max(most, label.length), 0);
  for (const [label, value] of facts) yield `  ${out.style('dim', label.padEnd(width))}  ${safe(value)}\n`;
  for (const structure of structures) yield structureText(structure, out);
  yield `\n${out.style('bold', 'Findings')}: ${verdictText(findings, out)}\n`;
  for (const line of findingLines(findings, out)) yield `${line}\n`;
}

function whatItIs({ image, summary }: Inspection): string {
  if (summary.vhd) return summary.vhd.kind === null ? 'a VHD whose kind is not known' : `a ${summary.vhd.kind} VHD`;
  if (image.foreign) return image.foreign.name;
  if (image.source.size === 0) return 'an empty file';
  return image.format === 'raw' ? 'a raw disk' : 'nothing that Platter knows';
}

const exact = (bytes: number): string =>
  bytes < 1024 ? formatBytes(bytes) : `${formatBytes(bytes)} (${formatCount(bytes)} bytes)`;

function factsOf({ image, summary, link, full }: Inspection, shown: (path: string) => string): [string, string][] {
  const { vhd } = summary;
  const facts: [string, string][] = [['file size', exact(summary.fileSize)]];
  if (!vhd) return facts;
  const value = image.vhd?.footer?.value;
  if (vhd.virtualSize !== null) facts.push(['virtual size', exact(vhd.virtualSize)]);
  if (value) facts.push(['size by CHS', exact(geometryBytes(value.diskGeometry))]);
  if (vhd.id !== null) facts.push(['id', vhd.id]);
  if (vhd.created !== null) facts.push(['created', `${vhdTimeToIso(vhd.created)} by ${creatorText(image) ?? ''}`]);
  if (value) facts.push(['hidden', vhd.hidden ? 'yes: only its children use it' : 'no']);
  if (vhd.savedState) facts.push(['saved state', 'yes: the machine is suspended']);
  if (vhd.parent) {
    facts.push(['parent', vhd.parent.name === '' ? 'without a name' : vhd.parent.name]);
    facts.push(['parent id', vhd.parent.id]);
    facts.push(['parent time', vhdTimeToIso(vhd.parent.timestamp)]);
    if (link) facts.push(['parent found', link.path === null ? 'no' : `${link.verdict}: ${shown(link.path)}`]);
  }
  if (vhd.blockSize !== null) facts.push(['block size', exact(vhd.blockSize)]);
  if (vhd.blocks) {
    const counted = full === null ? '' : `, ${formatCount(full)} full`;
    facts.push([
      'blocks',
      `${formatCount(vhd.blocks.allocated)} of ${formatCount(vhd.blocks.total)} allocated${counted}`,
    ]);
  }
  facts.push(['data ends at', `${formatOffset(vhd.dataEnd)} (${formatCount(vhd.dataEnd)})`]);
  return facts;
}

function structureText({ title, offset, length, fields }: FoundStructure, out: Output): string {
  const lines = [`\n${out.style('bold', title)} at ${formatOffset(offset)}, ${formatCount(length)} bytes`];
  const names = fields.reduce((most, { name }) => Math.max(most, name.length), 0);
  const offsets = fields.reduce((most, field) => Math.max(most, formatOffset(field.offset).length), 0);
  for (const { name, offset: at, text, ok, confidence } of fields) {
    const mark = ok === false ? out.style('red', '✗') : ok === true ? out.style('green', '✓') : ' ';
    lines.push(
      `  ${out.style('dim', formatOffset(at).padStart(offsets))}  ${mark} ${name.padEnd(names)}  ${safe(text)}${confidence === undefined || confidence === 'proven' ? '' : out.style('dim', `  [${confidence}]`)}`,
    );
  }
  return `${lines.join('\n')}\n`;
}
