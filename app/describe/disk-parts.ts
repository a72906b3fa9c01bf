import { type ByteSource, type Signal, SliceSource } from '../../core/io/source.ts';
import { readTable } from '../../core/partitions/read.ts';
import type { TableStructure } from '../../core/partitions/table.ts';
import { formatBytes, formatCount } from '../../core/structure/text.ts';
import { vmfsParts } from '../../core/vmfs/parts.ts';
import { readVolumes } from '../../core/vmfs/volumes.ts';
import type { StructurePart } from '../contract/types.ts';

type Part = Omit<StructurePart, 'state'>;

/** Parts of a disk whose bytes are the file's, the first `length` of them: boot record, partition tables, and the rest. */
export async function diskParts(source: ByteSource, length: number, signal: Signal): Promise<Part[]> {
  const parts = [...(await tableParts(source, length, signal)), ...(await volumeParts(source, length, signal))];
  parts.sort((a, b) => a.at - b.at);
  const out: Part[] = [];
  let end = 0;
  const content = (to: number): void => {
    if (to <= end) return;
    const id = out.some((part) => part.id === 'content') ? `content-${end}` : 'content';
    const note = formatBytes(to - end);
    out.push({ id, title: 'Content', structure: null, kind: 'blocks', at: end, length: to - end, note });
  };
  for (const part of parts) {
    // what is left of an older volume may stand where a newer one has its own
    if (part.at < end) continue;
    content(part.at);
    out.push(part);
    end = Math.max(end, part.at + part.length);
  }
  content(length);
  return out;
}

/** Headers of VMFS volumes, where the table says and in their usual places: nothing is searched for here. */
async function volumeParts(source: ByteSource, length: number, signal: Signal): Promise<Part[]> {
  const disk = length === source.size ? source : new SliceSource(source, 0, length);
  const { volumes } = await readVolumes(disk, { search: 'never', signal });
  return vmfsParts(volumes)
    .filter(({ at, length: bytes }) => at + bytes <= length)
    .map(({ id, title, structure, kind, at, length: bytes, note }) => {
      // a table is shown as a run of bytes: what decodes it decodes one entry
      return { id, title, structure: kind === 'structure' ? structure : null, kind, at, length: bytes, note };
    });
}

/** Boot records, GPT headers and their entries; entries that are not used are a run of bytes. */
async function tableParts(source: ByteSource, length: number, signal: Signal): Promise<Part[]> {
  const disk = length === source.size ? source : new SliceSource(source, 0, length);
  const { structures } = await readTable(disk, { signal });
  const out: Part[] = [];
  for (const { id, title, structure, at, length: bytes, array } of structures) {
    out.push({ id, title, structure, kind: 'structure', at, length: bytes, note: null });
    if (array) out.push(...unusedEntries(id, array, structures));
  }
  return out;
}

/** What an array of GPT entries has beside those that are used. */
function unusedEntries(
  id: string,
  { at, length, entries }: { at: number; length: number; entries: number },
  structures: readonly TableStructure[],
): Part[] {
  const backup = id === 'gpt' ? '' : ', backup';
  const used = structures.filter((one) => one.id.startsWith(`${id}-entry-`)).sort((a, b) => a.at - b.at);
  const out: Part[] = [];
  let from = at;
  const unused = (to: number): void => {
    if (to <= from) return;
    const name = out.length === 0 ? `${id}-entries` : `${id}-entries-${out.length + 1}`;
    const count = Math.round(((to - from) * entries) / length);
    const note = used.length === 0 ? `${formatCount(count)} entries` : `${formatCount(count)} entries, not used`;
    out.push({
      id: name,
      title: `GPT entries${backup}`,
      structure: null,
      kind: 'table',
      at: from,
      length: to - from,
      note,
    });
  };
  for (const entry of used) {
    unused(entry.at);
    from = entry.at + entry.length;
  }
  unused(at + length);
  return out;
}
