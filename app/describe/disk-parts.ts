import { gptHeader } from '../../core/formats/gpt/layout.ts';
import { mbr } from '../../core/formats/mbr/layout.ts';
import { type ByteSource, type Signal, SliceSource } from '../../core/io/source.ts';
import { formatBytes, formatCount } from '../../core/structure/text.ts';
import { vmfsParts } from '../../core/vmfs/parts.ts';
import { readVolumes } from '../../core/vmfs/volumes.ts';
import type { StructurePart } from '../contract/types.ts';

type Part = Omit<StructurePart, 'state'>;

const SECTOR = 512;
const GPT_SIGNATURE = 'EFI PART';
/** Bytes of partition entries that are believed: 128 entries of 128 bytes are usual, 32 times as much is absurd. */
const MAX_ENTRIES = 512 * 1024;

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

async function tableParts(source: ByteSource, length: number, signal: Signal): Promise<Part[]> {
  if (length < 2 * SECTOR) return [];
  const head = await source.read(0, 2 * SECTOR, signal);
  if (head[510] !== 0x55 || head[511] !== 0xaa) return [];
  const structure = { structure: mbr.id, kind: 'structure' as const, at: 0, length: SECTOR };
  const out: Part[] = [{ id: 'mbr', title: 'Master boot record', note: null, ...structure }];
  const first = gptParts('gpt', head.subarray(SECTOR), SECTOR, length);
  if (first.length === 0) return out;
  const last = length - (length % SECTOR) - SECTOR;
  const twin = gptParts('gpt-backup', await source.read(last, SECTOR, signal), last, length);
  return [...out, ...first, ...twin];
}

/** A GPT header and its entries; nothing when there is none. */
function gptParts(id: string, bytes: Uint8Array, at: number, size: number): Part[] {
  const value = gptHeader.parse(bytes);
  if (value.signature !== GPT_SIGNATURE) return [];
  const backup = id === 'gpt' ? '' : ', backup';
  const shape = { structure: gptHeader.id, kind: 'structure' as const, at, length: SECTOR };
  const out: Part[] = [{ id, title: `GPT header${backup}`, note: null, ...shape }];
  const length = value.numberOfPartitionEntries * value.sizeOfPartitionEntry;
  const entries = value.partitionEntryLba * BigInt(SECTOR);
  if (length === 0 || length > MAX_ENTRIES || entries + BigInt(length) > BigInt(size)) return out;
  const note = `${formatCount(value.numberOfPartitionEntries)} entries`;
  const table = { structure: null, kind: 'table' as const, at: Number(entries), length };
  return [...out, { id: `${id}-entries`, title: `GPT entries${backup}`, note, ...table }];
}
