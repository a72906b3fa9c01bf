import { SparseBuilder, type SparseImage } from '../io/sparse.ts';
import { fromHex } from '../structure/codecs.ts';
import { putMbr } from './vmfs.ts';

/**
 * A LUN of 2009 as its administrator printed it with hexdump: the LVM device header, the volume descriptor and the file
 * system's header of a VMFS-3 datastore of 100 GiB. What he left out between the lines was zero.
 */
const LVM = `
0dd001c0030000001000000002160300 000653554e2020202020434f4d535441
52202020202020202020312e30206001 44f07ed404000000496ff8cd0003434f
4d535441000000000000000000000000 000000000000000000000002000000fc
e9ff18000000010000008f0100008e01 00009101000000000000000010010000
0000d86c7149b0aa979b6c2f000d60d4 6e2e6e8919fba6600400a7ce20fba660
04`;
const VOLUME = `
000000f0180000009001000000000000 0100000034393731366364382d363037
35383939612d616431632d3030306436 30643436653265000000000000000000
00000000000000000000000000000000 00000000d86c71499a8975601cad000d
60d46e2e01000000e19c19fba6600400 000000008f0100000000000000000000
8e0100000000000064cc20fba6600400 01`;
const FS = `
5ef1ab2f040000001fd86c71499abfcb eb9267000d60d46e2e02000000737332
2d63737461722d7a73302e32`;
const FS_FROM_90 = `
00000000000000000000000000000200 000000100000000000d86c7149010000
00d86c71499a8975601cad000d60d46e 2e010000000000000000000000000000
000000010020000000000001`;

const hex = (text: string): Uint8Array => fromHex(text.replace(/\s/g, ''));

const SECTOR = 512;
export const ARTICLE_START = 128 * SECTOR;
export const ARTICLE_SECTORS = 209_712_382;
const SIZE = 100 * 1024 ** 3;
const FS_PLACE = ARTICLE_START + 0x1300000;

/** The article's LUN with its partition table, or with its first sector wiped. A hundred gigabytes that cost a few kilobytes. */
export function articleLun({ table = true }: { table?: boolean } = {}): SparseImage {
  const image = new SparseBuilder();
  image.resize(SIZE);
  if (table) putMbr(image, [{ start: 128, sectors: ARTICLE_SECTORS, type: 0xfb }]);
  image.put(ARTICLE_START + 0x100000, hex(LVM));
  image.put(ARTICLE_START + 0x100200, hex(VOLUME));
  image.put(FS_PLACE, hex(FS));
  image.put(FS_PLACE + 0x90, hex(FS_FROM_90));
  return image.image();
}
