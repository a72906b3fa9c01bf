import { onesComplementSum } from '../../../structure/checksum.ts';
import type { Structure } from '../../../structure/structure.ts';
import { batmapChecksum } from '../batmap.ts';
import { type BatmapHeader, batmapHeader, type DynamicHeader, dynamicHeader, type Footer, footer } from '../layout.ts';

/** A footer's 512 bytes with the right checksum; what `base` has and `values` do not name stays. */
export function sealFooter(values: Partial<Footer>, base?: Uint8Array): Uint8Array {
  return seal(footer, values, base);
}

/** A dynamic header's 1,024 bytes with the right checksum; what `base` has and `values` do not name stays. */
export function sealHeader(values: Partial<DynamicHeader>, base?: Uint8Array): Uint8Array {
  return seal(dynamicHeader, values, base);
}

/** A batmap header's 512 bytes with the right checksum of `map`; its version decides how that is summed. */
export function sealBatmap(values: Partial<BatmapHeader>, map: Uint8Array, base?: Uint8Array): Uint8Array {
  const bytes = batmapHeader.serialise(values, base);
  const { batmapVersion } = batmapHeader.parse(bytes);
  return batmapHeader.serialise({ checksum: batmapChecksum(map, batmapVersion) }, bytes);
}

function seal<V extends { checksum: number }>(
  table: Structure<V>,
  values: Partial<V>,
  base: Uint8Array | undefined,
): Uint8Array {
  const bytes = table.serialise(values, base);
  const { offset } = table.field('checksum');
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint32(offset, onesComplementSum(bytes, offset));
  return bytes;
}
