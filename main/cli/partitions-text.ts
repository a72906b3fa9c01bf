import type { Finding } from '../../core/findings/finding.ts';
import type { FileSystem } from '../../core/formats/filesystems/probe.ts';
import type { DiskLayout, PartitionOnDisk } from '../../core/partitions/disk.ts';
import type { ChsJudgement, Partition } from '../../core/partitions/table.ts';
import { formatBytes, formatCount } from '../../core/structure/text.ts';
import { findingLines, verdictText } from './findings-text.ts';
import { type Output, safe } from './output.ts';

/** The `platter.partitions/1` document. */
export function partitionsJson(layout: DiskLayout, findingJson: (finding: Finding) => unknown): unknown {
  const { sectorSize, sectors, fileSystem, type, source, valid, diskId, firstUsable, lastUsable } = layout;
  return {
    schema: 'platter.partitions/1',
    sectorSize,
    sectors,
    table: {
      type,
      source,
      valid,
      diskId,
      firstUsable,
      lastUsable,
      partitions: layout.partitions.map((one) => ({ ...entryJson(one), fileSystem: one.fileSystem })),
      hybrid: layout.hybrid.map(entryJson),
    },
    fileSystem,
    structures: layout.structures.map(({ id, title, structure, at, length }) => ({
      id,
      title,
      structure,
      offset: at,
      length,
    })),
    findings: layout.findings.map(findingJson),
  };
}

function entryJson({ number, start, end, sectors, type, guid, id, name, bootable, ...more }: Partition): object {
  const { kind, typeName, attributes, chs, entryAt, ebr } = more;
  const shared = { number, start, end, sectors, type, guid, id, name, bootable };
  return { ...shared, kind, typeName, attributes, chs, entryOffset: entryAt, ebr };
}

const CHS: Record<ChsJudgement, string> = {
  'fits': '',
  'too-far': '',
  'empty': 'CHS is empty',
  'other-geometry': 'CHS is of another geometry than 255 heads and 63 sectors',
  'differs': 'CHS does not agree with the LBA',
};

/** A disk's partitions as lines for people. */
export function* partitionsText(path: string, size: number, layout: DiskLayout, out: Output): Generator<string> {
  const { sectorSize, partitions, hybrid, findings } = layout;
  yield `${out.style('bold', safe(path))}: ${formatBytes(size)}, ${formatCount(layout.sectors)} sectors of ${sectorSize} bytes, ${tableText(layout)}`;
  if (layout.fileSystem) yield `  whole disk: ${fileSystemText(layout.fileSystem)}`;
  if (partitions.length > 0) yield* tableLines(partitions, layout, out);
  for (const one of partitions) {
    const chs = one.chs && CHS[one.chs.judgement];
    if (one.chs && chs)
      yield out.style('dim', `  ${one.number}: ${chs} (${chsText(one.chs.first)} to ${chsText(one.chs.last)})`);
  }
  for (const one of hybrid)
    yield `  in the hybrid MBR: ${one.number}, sectors ${one.start} to ${one.end}, ${one.typeName}`;
  yield `${out.style('bold', 'Findings')}: ${verdictText(findings, out)}`;
  yield* findingLines(findings, out);
}

function tableText({ type, source, valid, diskId }: DiskLayout): string {
  if (type === 'none') return 'no partition table';
  const copy = source === 'backup' ? ', read from its backup' : '';
  return `${type.toUpperCase()} ${diskId ?? ''}${copy}${valid ? '' : ', damaged'}`;
}

function* tableLines(
  partitions: readonly PartitionOnDisk[],
  { sectorSize }: DiskLayout,
  out: Output,
): Generator<string> {
  const rows = partitions.map((one) => [
    String(one.number),
    String(one.start),
    String(one.end),
    String(one.sectors),
    formatBytes(one.sectors * sectorSize),
    typeText(one),
    contentText(one),
  ]);
  const head = ['no.', 'start', 'end', 'sectors', 'size', 'type', 'content'];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column < 5 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  yield out.style('dim', `  ${line(head)}`);
  for (const row of rows) yield `  ${line(row)}`;
}

function typeText({ type, guid, typeName, bootable }: Partition): string {
  const code =
    type === null ? (typeName === 'unknown' ? ` ${guid ?? ''}` : '') : ` (0x${type.toString(16).padStart(2, '0')})`;
  return safe(`${typeName}${code}${bootable ? ', bootable' : ''}`);
}

function contentText({ name, kind, fileSystem }: PartitionOnDisk): string {
  if (kind === 'extended') return '';
  const named = name === '' ? '' : `“${name}” `;
  return safe(`${named}${fileSystem ? fileSystemText(fileSystem) : '—'}`);
}

const STATES = { 'clean': 'clean', 'dirty': 'not clean', 'needs-recovery': 'needs journal recovery' } as const;

function fileSystemText({ title, label, id, size, state, note }: FileSystem): string {
  const parts = [
    label === null ? title : `${title} “${label}”`,
    id,
    size === null ? null : formatBytes(size),
    state === null ? null : STATES[state],
    state === 'needs-recovery' && note === STATES['needs-recovery'] ? null : note,
  ];
  return safe(parts.filter((part) => part !== null).join(', '));
}

function chsText({ cylinder, head, sector }: { cylinder: number; head: number; sector: number }): string {
  return `${cylinder}/${head}/${sector}`;
}
