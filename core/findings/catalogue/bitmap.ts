import type { PagesOf } from './page.ts';

export const BITMAP_PAGES: PagesOf<'bitmap' | 'batmap'> = {
  'bitmap.unreadable': {
    title: 'A sector bitmap cannot be read',
    severity: 'error',
    means:
      'The system failed to read a block or its bitmap, though the file is long enough. Without the bitmap it is not known which sectors the image owns.',
    causes: 'A failing disk, or a file server that is gone.',
    action: 'Take a copy with a tool that retries (ddrescue) and work on that.',
  },
  'bitmap.data-under-clear': {
    title: 'Data where the bitmap says there is none',
    severity: 'warning',
    means:
      'Sectors of a block hold data, but their bits are clear. Programs disagree about them: vhd-util and Platter read zeros, QEMU, libvhdi and The Sleuth Kit read what is stored. The guest may see another disk under another program. In a child the parent’s data shows there.',
    causes:
      'A program that does not keep the bitmap, a crash between data and bitmap, or damage to the bitmap. Deleted data can be left there, too; on a volume, what was on it before.',
    action:
      'Compare both views (platter hash --guest with and without --stored), and look at what stands there. Nothing is changed by itself.',
  },
  'bitmap.all-clear': {
    title: 'A block that owns nothing',
    severity: 'error',
    means:
      'A block is allocated, but its bitmap is all clear. When the block holds data, that data has vanished from the guest’s view; when it does not, the block only takes room, and the finding is mere information.',
    causes: 'The bitmap was wiped; or a program was stopped between allocating the block and writing the bitmap.',
    action:
      'Look at what the block holds. Setting the bits brings it back, but also whatever was deleted on purpose: that has to be decided.',
  },
  'batmap.cookie': {
    title: 'The batmap is missing',
    severity: 'warning',
    means:
      'Images of this tapdisk carry a batmap behind the block allocation table; here something else stands there. The guest’s data does not depend on it, but vhd-util can neither check nor coalesce the image.',
    causes: 'Storage damage, or a tool that rewrote the image and kept the creator’s name.',
    action: 'Make it anew from the sector bitmaps (batmap-rebuild). Nothing is lost.',
  },
  'batmap.version': {
    title: 'An unknown batmap version',
    severity: 'warning',
    means: 'Versions 1.1 and 1.2 are known. Platter does not use this batmap.',
    causes: 'A newer tapdisk, or damage.',
    action: 'Make it anew from the sector bitmaps (batmap-rebuild).',
  },
  'batmap.checksum': {
    title: "The batmap's checksum does not fit",
    severity: 'warning',
    means:
      'The bits or their checksum have been damaged. The guest’s data does not depend on them, but vhd-util can neither repair nor coalesce the image, ever.',
    causes: 'A coalesce that was killed between writing the bits and their header, or storage damage.',
    action: 'Make it anew from the sector bitmaps (batmap-rebuild). Nothing is lost.',
  },
  'batmap.size': {
    title: 'The batmap has the wrong size or place',
    severity: 'warning',
    means:
      'Its header places the bits outside the file or away from where they belong, or there are too few for the disk.',
    causes: 'A resize by a tool that does not know the batmap, or damage.',
    action: 'Make it anew from the sector bitmaps (batmap-rebuild).',
  },
  'batmap.unallocated-full': {
    title: 'The batmap calls a missing block full',
    severity: 'warning',
    means:
      'A bit says that a block is full which is not allocated. The table decides, so nothing is lost; vhd-util refuses the image.',
    causes: 'A crash, or an entry of the table that was lost: then the block it named is missing.',
    action:
      'Look whether the file has room that no block owns, which would be the missing block. If not, make the batmap anew (batmap-rebuild).',
  },
  'batmap.partial-full': {
    title: 'The batmap calls a partial block full',
    severity: 'warning',
    means:
      'A bit says that a block is full, but its sector bitmap does not. vhd-util believes the batmap: in a coalesce it copies the whole block of a child and overwrites good sectors of the parent with what is left over in it. In a child this is an error.',
    causes: 'A crash between bitmap and batmap, or a tool that changed one without the other.',
    action:
      'Make the batmap anew from the bitmaps (batmap-rebuild) before anything else coalesces the image. Platter never believes it.',
  },
};
