import type { PagesOf } from './page.ts';

export const HEADER_PAGES: PagesOf<'header' | 'bat' | 'block'> = {
  'header.missing': {
    title: 'The dynamic header is missing',
    severity: 'error',
    means:
      'The header says where the block allocation table is and how large blocks are. Without it no block can be found, though all of them may be there. A child also loses what names its parent.',
    causes: 'The start of the file was wiped or overwritten, or a disk has the wrong type in its footer.',
    action:
      'Where the table still stands in its usual place, a header can be made from it and the size of the disk (header-rebuild). Check the result against a partition table or file system before it is trusted.',
  },
  'header.cookie': {
    title: "The dynamic header's mark is wrong",
    severity: 'error',
    means: 'The header does not begin with cxsparse. Readers refuse the image.',
    causes: 'Storage damage or an edit when the rest is in order; else something was written over the header.',
    action:
      'When the rest of the header is plausible the mark can be written back (header-recompute); else the header has to be rebuilt.',
  },
  'header.checksum': {
    title: "The dynamic header's checksum does not fit",
    severity: 'error',
    means:
      'At least one byte of the header is not what it was when the checksum was made. Platter tries every field against the stored sum: when exactly one explains it, the finding names that field and its right value.',
    causes: 'Flipped bits, an edit by hand, or a program that forgot the checksum.',
    action:
      'With one field found, or a wrong sum over plausible fields, it can be put right without loss (header-recompute). Otherwise compare the fields with the table and the disk, and decide.',
  },
  'header.version': {
    title: 'An unknown header version',
    severity: 'error',
    means: 'Only version 1.0 of the dynamic header exists. Readers refuse others.',
    causes: 'Damage under a new checksum, or a program that invented a version.',
    action: 'If everything else is in order, the version is what is wrong. That has to be decided by a person.',
  },
  'header.data-offset': {
    title: "The header's unused offset is in use",
    severity: 'warning',
    means:
      'The header has a data offset that nothing uses and that should be all ones. vhd-util refuses the image for it.',
    causes: 'A program that read the specification differently, or damage under a new checksum.',
    action: 'Readers other than vhd-util ignore it.',
  },
  'header.table-offset': {
    title: 'The table cannot be where the header says',
    severity: 'error',
    means:
      'The block allocation table is said to be past the end of the file, inside another structure, or off a sector boundary. The blocks cannot be found by it.',
    causes: 'An edit, a cut file, or damage under a new checksum.',
    action:
      'The table usually stands straight behind the header; a rebuilt header (header-rebuild) says so. Check the result before it is trusted.',
  },
  'header.max-entries': {
    title: 'The number of table entries cannot be right',
    severity: 'error',
    means:
      'The header promises no entries at all, or far more than the disk needs and the file has room for. Programs that reserve memory for them fail.',
    causes: 'Damage under a new checksum, an edit, or an image made to make programs crash.',
    action: 'The right number follows from the size of the disk and of a block (header-rebuild).',
  },
  'header.block-size': {
    title: 'An unusual block size',
    severity: 'error',
    means:
      'Blocks are 2 MiB as a rule; any power of two from 512 KiB to 256 MiB is legal and merely noted. Any other size is an error, since no block can be found by it.',
    causes: 'A writer with a block size of its own; or damage under a new checksum.',
    action:
      'For a legal size nothing, but keep vhd-util away: it assumes 2 MiB, and its repair cuts off data of images with smaller blocks. An illegal size has to be put right from the distances between blocks (header-rebuild).',
  },
  'header.reserved': {
    title: 'Reserved bytes of the header are in use',
    severity: 'warning',
    means:
      'Bytes that the specification keeps at zero hold something. No known reader needs them; vhd-util refuses the image.',
    causes: "A program's private notes, something hidden there on purpose, or damage under a new checksum.",
    action: 'As evidence, look at what they say. For use, nothing has to be done.',
  },
  'header.parent-on-dynamic': {
    title: 'A disk without a parent that names one',
    severity: 'warning',
    means:
      'The footer says that the disk is dynamic, but the header holds an id, name or locators of a parent. If the disk is a child after all, everything its parent holds reads as zeros, and no reader says so.',
    causes: 'A child that was merged with its parent and kept the name, or one whose type was changed.',
    action:
      'Look at the guest: a file system with holes means that the parent is needed, and the type has to be set to differencing. Otherwise nothing.',
  },
  'header.size-exceeds-table': {
    title: 'The disk is larger than its table',
    severity: 'error',
    means:
      'The size of the disk needs more blocks than the table has entries. What lies past the last entry can be neither read nor written.',
    causes: 'A resize that was interrupted after the footer, an edit of the size, or a damaged number of entries.',
    action: 'Compare the size with the partition table and the original size, and decide which of the two is right.',
  },
  'bat.truncated': {
    title: 'The table has been cut',
    severity: 'error',
    means:
      'The file ends inside the block allocation table or before it. Where the blocks of the missing entries were is not known, and the blocks are mostly gone with the end of the file.',
    causes: 'A copy or download that was interrupted early.',
    action:
      'Look for a complete copy. What blocks are left in the file can be looked for by their content (bat-carve), which gives a draft to judge.',
  },
  'bat.past-eof': {
    title: 'A block past the end of the file',
    severity: 'error',
    means: 'The table says that a block stands where the file has no bytes. Its data is not in this file.',
    causes: 'A crash between the table and the block it names, a file that was cut, or a damaged entry.',
    action:
      'After a crash in a coalesce the child still holds the data: do the coalesce again. Else the entry can be dropped (bat-drop-entry), which loses the block; a damaged entry may be found again by its content (bat-carve).',
  },
  'bat.overlap': {
    title: 'Two blocks in one place',
    severity: 'error',
    means:
      'The stretches of two blocks overlap, so one has been written over the other. For each byte at most one of them is right.',
    causes: 'Two programs that wrote to the image at once (an image that was attached twice), or a damaged entry.',
    action:
      'Look at the content of both to see whose data stands there, and decide whose entry to drop (bat-drop-entry). Back up the file first; a check of the file system inside comes after.',
  },
  'bat.in-metadata': {
    title: 'A block in the image’s own structures',
    severity: 'error',
    means:
      'The table says that a block stands where the header, the table itself or the batmap is. Its real data is not known; a write to it would destroy the structure.',
    causes: 'A damaged or zeroed entry.',
    action:
      'Do not let anything write to the disk. The entry can be dropped (bat-drop-entry), which loses the block, or the block looked for by its content (bat-carve).',
  },
  'bat.over-footer': {
    title: 'A block that runs into the footer',
    severity: 'error',
    means:
      'The last part of a block lies where the footer is. A write to it destroys the footer, and what it should hold there is not there.',
    causes: 'A footer written too early, the end of the last block cut off, or a damaged entry.',
    action: 'Look whether the block has its bitmap where the table says. What is missing is named in guest ranges.',
  },
  'bat.beyond-size': {
    title: 'Blocks past the end of the disk',
    severity: 'info',
    means:
      'Blocks are allocated for a part of the disk that lies past its current size. Their data is kept, and no guest sees it.',
    causes: 'A disk that was made smaller, or room allocated ahead.',
    action: 'Nothing. As evidence, look at them: they hold what the larger disk held.',
  },
  'block.truncated': {
    title: 'A block has been cut',
    severity: 'error',
    means:
      'A block starts in the file and does not end in it: its last sectors are gone. Where its bitmap can be read, only sectors that were in use count as lost.',
    causes: 'A file that was cut, a full file system, or a program stopped while it appended a block.',
    action:
      'Look for a complete copy. Never let vhd-util repair it: it extends the file with a hole and calls it valid. In a base, what is left can be kept and the lost sectors cleared; in a child the parent’s older data would show instead.',
  },
  'block.unreferenced': {
    title: 'Room that no block owns',
    severity: 'info',
    means:
      'A stretch as long as a block or longer belongs to no structure. It may hold a block whose entry was never written or was lost. Several places that hold data, or one whole block with others behind it, are a warning, and beside a table that names no block at all an error: the guest sees zeros, or its parent’s older data.',
    causes:
      'A crash after the data and before the table, an entry that was dropped or damaged, or a writer that leaves room.',
    action:
      'One place at the end needs nothing done. If blocks are missing, look here for them: bat-carve makes a draft of the table for a new file.',
  },
};
