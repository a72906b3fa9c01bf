import type { ChainMember } from '../../chain/open.ts';
import { blockOffset } from '../../formats/vhd/bat.ts';
import { bitmapHas } from '../../formats/vhd/bitmap.ts';
import { sealFooter, sealHeader } from '../../formats/vhd/build/seal.ts';
import { FOOTER_LENGTH, SECTOR, UNALLOCATED } from '../../formats/vhd/constants.ts';
import { geometryFor } from '../../formats/vhd/geometry.ts';
import { dynamicHeader } from '../../formats/vhd/layout.ts';
import type { VhdImage } from '../../formats/vhd/read.ts';
import { formatBytes } from '../../structure/text.ts';
import type { Draft } from '../draft.ts';

/**
 * Why a parent cannot be made as large as its child in place; null when it can, or when it is large enough. Nothing may come
 * to light behind the parent's end that the child's guest did not see there: it saw zeros.
 */
export async function growthRefusal(
  child: ChainMember,
  parent: ChainMember,
  above: ChainMember | undefined,
): Promise<string | null> {
  const size = child.summary.vhd?.virtualSize ?? 0;
  const { vhd, source } = parent.image;
  const old = sizeOf(parent);
  if (size <= old) return null;
  const reason = vhd
    ? await whyNot(vhd, size, above)
    : source.size % SECTOR === 0
      ? null
      : 'its last sector is cut short';
  if (reason === null) return null;
  return `${child.summary.name} is larger than its parent ${parent.summary.name} (${formatBytes(size)} over ${formatBytes(old)}), and the parent cannot grow in place: ${reason}. Write a new file with --output.`;
}

/** Bytes a guest sees of an image by itself. */
export function sizeOf({ image, summary }: ChainMember): number {
  return image.vhd ? (summary.vhd?.virtualSize ?? 0) : image.source.size;
}

async function whyNot(parent: VhdImage, size: number, above: ChainMember | undefined): Promise<string | null> {
  const { header, bat, batmap, footers } = parent;
  const old = parent.virtualSize ?? 0;
  if (parent.kind === 'fixed') return 'a fixed disk has its footer where the new sectors would be';
  if (!header?.usable || !bat) return 'its header or table is damaged';
  if (above && sizeOf(above) > old)
    return `${above.summary.name} holds sectors behind its end, which would come to light`;
  const { blockSize } = header.value;
  const blocks = Math.ceil(size / blockSize);
  if (blocks > roomInTable(parent))
    return `its table has room for ${roomInTable(parent)} blocks, and ${blocks} are needed`;
  if (batmap?.map && blocks > batmap.map.bytes.length * 8) return 'its batmap has no room for the new blocks';
  if (!footers.copy?.valid) return 'its footer copy has to be put right first';
  const first = Math.ceil(old / blockSize);
  for (const entry of bat.entries.subarray(first)) if (entry !== UNALLOCATED) return 'it has blocks behind its end';
  const tail = old % blockSize === 0 ? null : blockOffset(bat, first - 1);
  if (tail !== null) {
    const bitmap = await parent.source.read(tail, parent.bitmapBytes);
    for (let sector = (old % blockSize) / SECTOR; sector < blockSize / SECTOR; sector += 1)
      if (bitmapHas(bitmap, sector)) return 'it has sectors behind its end';
  }
  return null;
}

/** Entries the table can have without moving: those it has, and the padding of its last sector. */
function roomInTable({ bat, header }: VhdImage): number {
  const has = header?.value.maxTableEntries ?? 0;
  return bat && bat.entries.length === has ? bat.paddedLength / 4 : has;
}

/**
 * Makes a parent larger: entries in the padding, the header's count, the footer at `end`, then the copy. Each is within one
 * sector, so a power cut leaves the one or the other.
 */
export async function growParent(draft: Draft, parent: VhdImage, size: number, end: number): Promise<void> {
  const { header, bat, footer } = parent;
  if (!header || !bat || !footer) return;
  const blocks = Math.ceil(size / header.value.blockSize);
  const has = header.value.maxTableEntries;
  if (blocks > has) {
    await draft.write(bat.at + has * 4, new Uint8Array((blocks - has) * 4).fill(0xff), {
      why: 'New entries of the table, none of them allocated.',
      field: 'entry',
      structure: 'vhd.bat',
    });
    const bytes = sealHeader({ maxTableEntries: blocks }, header.bytes).subarray(0, SECTOR);
    await draft.write(header.at, bytes, {
      why: `The table has ${blocks} entries now.`,
      field: 'maxTableEntries',
      structure: dynamicHeader.id,
    });
  }
  const bytes = sealFooter({ currentSize: BigInt(size), diskGeometry: geometryFor(size) }, footer.bytes);
  for (const at of [end, 0]) {
    await draft.write(at, bytes.subarray(0, FOOTER_LENGTH), {
      why: `The disk has ${size} bytes now, as its child.`,
      field: 'currentSize',
      structure: 'vhd.footer',
    });
  }
}
