import type { PagesOf } from './page.ts';

export const IMAGE_PAGES: PagesOf<'image' | 'fixed'> = {
  'image.empty': {
    title: 'The file is empty',
    severity: 'error',
    means: 'The file has no bytes at all, so there is no disk in it.',
    causes:
      'A copy or a backup that was interrupted before its first write, a full file system, or a name that was made and never filled.',
    action: 'Look for another copy. Children of this image cannot be read without one.',
  },
  'image.too-small': {
    title: 'Too small for a VHD',
    severity: 'error',
    means: 'The file is shorter than the smallest VHD there can be: one sector of data and a footer of 512 bytes.',
    causes: 'A copy that stopped at once, or a file that never was a disk image.',
    action: 'Look for another copy.',
  },
  'image.foreign': {
    title: 'Another kind of file',
    severity: 'error',
    means:
      'The content shows what the file is, and it is no VHD. Under a VHD name that is an error; else it is only said.',
    causes:
      'A file that was renamed instead of converted, an image that was compressed for transport, or a wrong download.',
    action: 'Unpack or convert it with the tool for its format. Do not let a repair write a VHD footer into it.',
  },
  'image.unknown': {
    title: 'A VHD by name only',
    severity: 'error',
    means:
      'No footer, no copy of it and no dynamic header is in the file. A fixed disk has no mark but its footer, so the data of such a disk may be whole.',
    causes:
      'The footer of a fixed disk was cut off or overwritten, or the content is encrypted, damaged or something else.',
    action:
      'Look at the first sectors: a boot sector or a file system there means a fixed disk without its footer, which can be written anew (footer-fixed-synthesise). Otherwise leave it as it is.',
  },
  'image.unaligned': {
    title: 'Not on a sector boundary',
    severity: 'warning',
    means:
      'The footer is good but does not start at a multiple of 512 bytes, or a raw disk is no whole number of sectors. Programs that read in sectors, as vhd-util and tapdisk do, do not find such a footer.',
    causes:
      'Bytes were inserted before the footer, as by a tool that pads a file with text, or by a transfer that changed line ends.',
    action: 'Move the footer to where the data ends (realign). The data is not touched.',
  },
  'image.trailing-bytes': {
    title: 'Bytes after the footer',
    severity: 'error',
    means:
      'The footer is good, but more bytes follow it. Readers look at the end of the file, find something else and refuse the image, or fall back on the copy.',
    causes:
      'A volume larger than the image it holds, padding to a block size, something appended to the wrong file, or a repair by hand that missed the sector boundary.',
    action:
      'Cut the bytes off (trim-trailing); they are kept in the journal. Have a look at them first if they are not zero.',
  },
  'image.truncated': {
    title: 'The file has been cut',
    severity: 'error',
    means:
      'The structures that are there speak of much more than the file holds. What lay past its end is gone from this copy.',
    causes:
      'A copy, download or backup that was interrupted, a full file system, or a volume that was made smaller than its image.',
    action:
      'Look for a complete copy before anything else. A repair can make what is left readable, and names the guest ranges that are lost.',
  },
  'image.unreadable': {
    title: 'The file cannot be read',
    severity: 'error',
    means: 'The system refused to open the file, or failed while it was read. That says nothing yet of what is in it.',
    causes: 'Missing rights, a failing disk, a file server that is gone, or a name that belongs to no file.',
    action:
      'See to the rights or the connection. From a failing disk, take a copy with a tool that retries (ddrescue) and work on that.',
  },
  'image.prefixed': {
    title: 'Bytes before the image',
    severity: 'error',
    means:
      'The image does not begin at the start of the file: a footer copy that belongs to it stands further in, and every offset is wrong by as much.',
    causes: 'A header of a transport or of a backup format was left in front, or files were joined.',
    action: 'Take the bytes in front away (realign). What lies behind them is judged as if they were.',
  },
  'fixed.size-mismatch': {
    title: 'A fixed disk of the wrong length',
    severity: 'error',
    means:
      'A fixed disk is its data and then the footer. When the footer names more than the file holds, the end of the disk is missing; when it names less, no guest sees the rest.',
    causes:
      'A file that was cut or grown without its footer being written anew, or a footer that comes from another image.',
    action:
      'Compare with what the disk should be, by its partition table for instance. If the file is complete, the size in the footer is what is wrong, which has to be decided; if the disk should be longer, look for a complete copy.',
  },
};
