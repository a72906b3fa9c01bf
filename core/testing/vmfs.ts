import { CHS_TOO_FAR, chsFor, MBR_SIGNATURE, mbr, mbrPartition } from '../formats/mbr/layout.ts';
import { putVmfs, type VmfsSpec } from '../formats/vmfs/build.ts';
import { SparseBuilder, type SparseImage } from '../io/sparse.ts';

export { putVmfs, SAMPLE_DISK_ID, SAMPLE_NAA, type VmfsSpec, vmfsIds } from '../formats/vmfs/build.ts';

const SECTOR = 512;

/** Writes an MBR whose entries are these, in sectors. */
export function putMbr(
  image: SparseBuilder,
  entries: readonly { start: number; sectors: number; type: number }[],
): void {
  const parts = entries.map(({ start, sectors, type }) =>
    mbrPartition.parse(
      mbrPartition.serialise({
        status: 0,
        firstChs: chsFor(start),
        type,
        lastChs: sectors > 0 ? chsFor(start + sectors - 1) : CHS_TOO_FAR,
        firstLba: start,
        sectorCount: sectors,
      }),
    ),
  );
  const [partition1, partition2, partition3, partition4] = parts;
  const values = { partition1, partition2, partition3, partition4 };
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  image.put(0, mbr.serialise({ ...given, signature: MBR_SIGNATURE }));
}

/** One volume on a disk, behind an MBR entry of its own unless `table` says otherwise. */
export function vmfsDisk(spec: VmfsSpec, { size, table = true }: { size: number; table?: boolean }): SparseImage {
  const image = new SparseBuilder();
  image.resize(size);
  if (table) putMbr(image, [{ start: spec.start / SECTOR, sectors: spec.totalBytes / SECTOR, type: 0xfb }]);
  putVmfs(image, spec);
  return image.image();
}
