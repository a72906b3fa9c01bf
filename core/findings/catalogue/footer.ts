import type { CataloguePage, PagesOf } from './page.ts';

export const FOOTER_PAGES: PagesOf<'footer'> = {
  'footer.missing': {
    title: 'The footer is missing',
    severity: 'error',
    means:
      'The last 512 bytes of the file, where every VHD says what it is, hold no footer: the file ends before it, or only zeros are there. Readers that follow the specification refuse the image.',
    causes:
      'A program that grew the file was stopped before it wrote the footer again (a crash, a kill, a full file system), the file was copied in such a moment, or its end was cut off.',
    action:
      'Dynamic and differencing disks keep a copy at the start of the file: write the footer from it (footer-from-copy). It belongs where the data ends, which Platter computes from the block allocation table.',
  },
  'footer.cookie': {
    title: 'Something else stands where the footer belongs',
    severity: 'error',
    means:
      'The place of the footer does not begin with the mark conectix. Other data has been written over it, or the mark itself is damaged. Readers refuse the image or go on with the copy.',
    causes:
      'A block was appended over the footer and the program was stopped before it wrote the footer behind it; guest data in the footer means just that. A single changed byte comes from the storage.',
    action:
      'Write the footer from the copy at the start (footer-from-copy). Platter puts it behind the last block, so what overwrote the old one stays where it is.',
  },
  'footer.checksum': {
    title: "The footer's checksum does not fit",
    severity: 'error',
    means:
      'The footer is there, but at least one of its bytes is not what it was when the checksum was made. Where a good copy shows which field differs, the finding names it.',
    causes:
      'Flipped bits in memory or on disk, an edit by hand, or a program that changed a field and forgot the checksum.',
    action:
      'Write the footer from the copy (footer-from-copy). When both are damaged in different places, the good parts of both can be put together (footer-vote).',
  },
  'footer.misplaced': {
    title: 'The footer is in the wrong place',
    severity: 'error',
    means: 'A good footer of this image stands inside the file, but the data goes on behind it and no footer follows.',
    causes: 'Blocks were appended and the program was stopped before it wrote the footer behind them.',
    action: 'Write the footer where the data ends (footer-from-copy).',
  },
  'footer.short': {
    title: 'A footer of 511 bytes',
    severity: 'info',
    means:
      'The footer lacks its last byte, which is a reserved zero. Early versions of Virtual PC wrote it so, and readers of the format accept it; some block-wise readers do not.',
    causes: 'Virtual PC before 2004, or one byte cut off at the end of the file.',
    action:
      'Nothing has to be done. The missing zero can be written (realign), which makes the file a whole number of sectors again.',
  },
  'footer.poisoned': {
    title: 'The image has been disabled',
    severity: 'error',
    means:
      'The mark is v_poison: blktap writes it over the footer while it resizes a disk, so that nobody opens a half-resized one. Apart from the mark the footer is whole.',
    causes: 'A resize that was interrupted, with its journal perhaps still beside the image.',
    action:
      'If the resize journal is still there, let vhd-util revert it. Otherwise compare size and table with what they should be, and decide.',
  },
  'footer.copies-differ': {
    title: 'Footer and copy differ',
    severity: 'warning',
    means:
      'Both are good by their own checksums, but they do not say the same. The one at the end reads; some programs (QEMU among them) read the copy instead, and would see another disk.',
    causes: 'A program that writes both was stopped in between: setting a flag, a resize, a change of the id.',
    action:
      'When only flags, times or the creator differ, write the copy from the footer (footer-copy-from-footer). When size, type or id differ, look at both and decide which is right.',
  },
  'footer.features': {
    title: 'Unusual feature bits',
    severity: 'warning',
    means:
      'Bit 1 is reserved and always set; bit 0 marks a temporary disk; all others have no meaning. vhd-util refuses images with other values.',
    causes: 'A program of its own making, or an edit.',
    action: 'Readers other than vhd-util ignore it. Leave it unless something refuses the image.',
  },
  'footer.version': {
    title: 'An unknown format version',
    severity: 'error',
    means:
      'Only version 1.0 of the format exists. A reader has to refuse a higher major number, since it cannot know what changed.',
    causes: 'Damage under a new checksum, or a program that invented a version.',
    action: 'If everything else is in order, the version is what is wrong. That has to be decided by a person.',
  },
  'footer.data-offset': {
    title: 'The footer does not lead to the header',
    severity: 'error',
    means:
      'The footer says where the dynamic header is, and it is not there. Without the header no block can be found. On a fixed disk the offset has no meaning and should be all ones.',
    causes: 'An edit, or a footer from another image.',
    action:
      'If the header is where it usually is, at 512, the footer can be made anew with the right offset (footer-synthesise).',
  },
  'footer.timestamp-future': {
    title: 'Created in the future',
    severity: 'warning',
    means: 'The time of creation is later than now. The data is not concerned; vhd-util refuses the image.',
    causes: 'A clock that was wrong when the image was made, or that is wrong here; or a changed footer.',
    action: 'Check the clock of this machine first. As evidence, note it.',
  },
  'footer.creator-version': {
    title: 'A newer tapdisk',
    severity: 'info',
    means:
      'The image says it was made by a newer version of tapdisk than any known. vhd-util refuses such images; the format is the same.',
    causes: 'A newer XenServer, or an edit.',
    action: 'Nothing, unless vhd-util has to read it.',
  },
  'footer.geometry': {
    title: 'An odd geometry',
    severity: 'info',
    means:
      'Cylinders, heads and sectors name more than the disk holds, or nothing at all. The size of the disk is the current size; only very old guests look at the geometry.',
    causes:
      'Many writers, QEMU among them, put the largest geometry there is, or their own idea of it. vhd-util calls that an error.',
    action: 'Nothing.',
  },
  'footer.geometry-size': {
    title: 'Geometry and size disagree',
    severity: 'info',
    means:
      'By cylinders, heads and sectors the disk is smaller than its current size. Readers that go by the geometry, as QEMU does for most creators, cut off the end of the disk.',
    causes: 'The geometry can only name certain sizes, so this is usual for disks whose size was not rounded to one.',
    action: 'With QEMU, read such an image with force_size_calc=current_size.',
  },
  'footer.disk-type': {
    title: 'The disk type cannot be right',
    severity: 'error',
    means:
      'The type is none of fixed, dynamic and differencing, or the rest of the file contradicts it. By a wrong type a reader takes tables for data, or a child for a disk of its own.',
    causes: 'An edit, a footer from another image, or damage under a new checksum.',
    action:
      'Decide by what the file holds: a header and a table mean dynamic; those and a parent mean differencing; neither means fixed.',
  },
  'footer.saved-state': {
    title: 'The machine is suspended',
    severity: 'warning',
    means:
      'The footer says that a machine was suspended with this disk in use. What the machine had not written yet is in its saved state, not here.',
    causes:
      'A suspended machine, or one whose state was discarded without the disk being told. Values other than 0 and 1 mean nothing.',
    action:
      'Resume or shut down the machine before the disk is changed or merged. In an export, the file systems look as after a power cut.',
  },
  'footer.hidden': {
    title: 'A strange hidden flag',
    severity: 'warning',
    means:
      "XenServer marks images that only have children with hidden = 1. Other values mean nothing, and its tools refuse them. In Microsoft's format the byte is reserved.",
    causes: 'A wrong value given to vhd-util set, or an edit.',
    action: 'Readers other than vhd-util ignore it.',
  },
  'footer.hidden-checksum': {
    title: 'Hidden was set without a new checksum',
    severity: 'info',
    means:
      'The checksum is right for hidden = 0. Early versions of tapdisk set the flag and left the checksum as it was; the footer is good.',
    causes: 'XenServer with tapdisk 0.1 or 1.1.',
    action: 'Nothing. A reader that is strict about the checksum will refuse the image.',
  },
  'footer.reserved': {
    title: 'Reserved bytes are in use',
    severity: 'warning',
    means:
      'Bytes that the specification keeps at zero hold something. No known reader needs them; vhd-util refuses the image (and overlooks it when only the first of them is set).',
    causes: "A program's private notes, something hidden there on purpose, or damage under a new checksum.",
    action: 'As evidence, look at what they say. For use, nothing has to be done.',
  },
  'footer.uuid-nil': {
    title: 'The image has no id',
    severity: 'warning',
    means:
      'The unique id is all zeros. Children name their parent by its id, and a nil parent id means a raw parent to XenServer.',
    causes: 'A program that did not make one, or an edit.',
    action: 'Give the image an id of its own (uuid-new), unless it has children that must be relinked then.',
  },
  'footer.size-zero': {
    title: 'A disk of size 0',
    severity: 'error',
    means:
      'The current size is 0, so by its own word the disk holds nothing, whatever blocks the file has. vhd-util repair would cut them all off.',
    causes: 'An edit, an image that was made with size 0, or damage under a new checksum.',
    action:
      'Do not let any tool trim the file. The original size in the footer, the number of table entries and the partition table tell what it was; that has to be decided.',
  },
  'footer.size-absurd': {
    title: 'A size that cannot be',
    severity: 'error',
    means:
      'The current size is more than any block allocation table could map. Programs that reserve memory for it crash; vhd-util does.',
    causes: 'Damage under a new checksum, or an image made to make programs crash.',
    action: 'The original size and the number of table entries tell what it was; that has to be decided.',
  },
  'footer.size-unaligned': {
    title: 'Not a whole number of sectors',
    severity: 'warning',
    means:
      'The current size is no multiple of 512. The guest sees whole sectors only, so its disk ends at the last full one.',
    causes: 'A program that took the size of a file for the size of a disk.',
    action: 'Nothing has to be done; the bytes of the broken sector are not lost, no guest sees them.',
  },
};

/** Rules of a field that can be broken in the copy alone. */
function onlyInCopy(page: CataloguePage): CataloguePage {
  return {
    title: `Only in the copy: ${page.title.charAt(0).toLowerCase()}${page.title.slice(1)}`,
    severity: page.severity,
    means: `${page.means} Here only the copy at the start of the file says so; the footer at the end, which reads, is right.`,
    causes: 'One of the two places was changed without the other, or damaged under a new checksum.',
    action: "Write the copy anew from the footer (footer-copy-from-footer). Nothing of the guest's is touched.",
  };
}

export const FOOTER_COPY_PAGES: PagesOf<'footer-copy'> = {
  'footer-copy.missing': {
    title: 'The copy of the footer is missing',
    severity: 'error',
    means:
      'Dynamic and differencing disks begin with a copy of the footer. Here are zeros. Programs that look at the start of the file first, as QEMU does, take the image for a raw disk.',
    causes: 'The start of the file or volume was wiped, or a program stopped between writing one and the other.',
    action: 'Write it anew from the footer (footer-copy-from-footer).',
  },
  'footer-copy.cookie': {
    title: 'Something else stands where the copy belongs',
    severity: 'error',
    means:
      'The file does not begin with the mark conectix. Programs that look at the start of the file first take the image for a raw disk.',
    causes:
      'A partition tool, a boot loader or a raw write went to the file instead of the disk inside; or storage damage.',
    action:
      'Write it anew from the footer (footer-copy-from-footer). If a partition table stands there, somebody meant the disk: look what else was written.',
  },
  'footer-copy.checksum': {
    title: "The copy's checksum does not fit",
    severity: 'error',
    means:
      'The copy is there but not whole. While the footer is good no data is in danger, but the spare is gone, and programs that read the copy refuse the image.',
    causes: 'Flipped bits, an edit by hand, or a program that forgot the checksum.',
    action:
      'Write it anew from the footer (footer-copy-from-footer). When both are damaged, the good parts of both can be put together (footer-vote).',
  },
  'footer-copy.features': onlyInCopy(FOOTER_PAGES['footer.features']),
  'footer-copy.version': onlyInCopy(FOOTER_PAGES['footer.version']),
  'footer-copy.data-offset': onlyInCopy(FOOTER_PAGES['footer.data-offset']),
  'footer-copy.timestamp-future': onlyInCopy(FOOTER_PAGES['footer.timestamp-future']),
  'footer-copy.creator-version': onlyInCopy(FOOTER_PAGES['footer.creator-version']),
  'footer-copy.geometry': onlyInCopy(FOOTER_PAGES['footer.geometry']),
  'footer-copy.disk-type': onlyInCopy(FOOTER_PAGES['footer.disk-type']),
  'footer-copy.saved-state': onlyInCopy(FOOTER_PAGES['footer.saved-state']),
  'footer-copy.hidden': onlyInCopy(FOOTER_PAGES['footer.hidden']),
  'footer-copy.hidden-checksum': onlyInCopy(FOOTER_PAGES['footer.hidden-checksum']),
  'footer-copy.reserved': onlyInCopy(FOOTER_PAGES['footer.reserved']),
  'footer-copy.uuid-nil': onlyInCopy(FOOTER_PAGES['footer.uuid-nil']),
  'footer-copy.size-zero': onlyInCopy(FOOTER_PAGES['footer.size-zero']),
  'footer-copy.size-absurd': onlyInCopy(FOOTER_PAGES['footer.size-absurd']),
  'footer-copy.size-unaligned': onlyInCopy(FOOTER_PAGES['footer.size-unaligned']),
};
