import type { ByteSource, Signal } from '../io/source.ts';

/** A kind of file we name but do not open as a VHD. */
export interface ForeignFormat {
  /** As in the `format` of JSON where it is one of those, else `unknown`. */
  format: 'vhdx' | 'qcow2' | 'vmdk' | 'iso' | 'unknown';
  /** For people: "a QCOW2 image". */
  name: string;
}

interface Signature extends ForeignFormat {
  at: number;
  /** Latin-1 text of the bytes. */
  magic: string;
}

const SIGNATURES: Signature[] = [
  { at: 0, magic: 'vhdxfile', format: 'vhdx', name: 'a VHDX image' },
  { at: 0, magic: 'QFI\xfb', format: 'qcow2', name: 'a QCOW2 image' },
  { at: 0, magic: 'KDMV', format: 'vmdk', name: 'a VMDK sparse extent' },
  { at: 0, magic: 'COWD', format: 'vmdk', name: 'a VMDK COWD extent' },
  { at: 0, magic: '# Disk DescriptorFile', format: 'vmdk', name: 'a VMDK descriptor' },
  { at: 32769, magic: 'CD001', format: 'iso', name: 'an ISO 9660 image' },
  { at: 0, magic: 'EVF\x09\x0d\x0a\xff\x00', format: 'unknown', name: 'an EnCase E01 image' },
  { at: 64, magic: '\x7f\x10\xda\xbe', format: 'unknown', name: 'a VirtualBox VDI image' },
  { at: 0, magic: 'QED\0', format: 'unknown', name: 'a QED image' },
  { at: 0, magic: '\x1f\x8b\x08', format: 'unknown', name: 'gzip-compressed data' },
  { at: 0, magic: 'BZh', format: 'unknown', name: 'bzip2-compressed data' },
  { at: 0, magic: '\xfd7zXZ\0', format: 'unknown', name: 'xz-compressed data' },
  { at: 0, magic: '\x28\xb5\x2f\xfd', format: 'unknown', name: 'zstd-compressed data' },
  { at: 0, magic: 'PK\x03\x04', format: 'unknown', name: 'a ZIP archive' },
  { at: 0, magic: '7z\xbc\xaf\x27\x1c', format: 'unknown', name: 'a 7-Zip archive' },
  { at: 257, magic: 'ustar', format: 'unknown', name: 'a tar archive' },
  { at: 0, magic: '\x7fELF', format: 'unknown', name: 'an ELF program' },
  { at: 0, magic: '%PDF-', format: 'unknown', name: 'a PDF document' },
  { at: 0, magic: 'SQLite format 3\0', format: 'unknown', name: 'an SQLite database' },
];

/** The furthest byte any signature reaches to. */
const ISO_AT = 32768;

/** Names a file by its first bytes; null when nothing is recognised (a raw disk has no signature of its own). */
export async function identifyForeign(source: ByteSource, signal?: Signal): Promise<ForeignFormat | null> {
  const head = await source.read(0, 4096, signal);
  const iso = source.size > ISO_AT + 8 ? await source.read(ISO_AT, 8, signal) : new Uint8Array();
  for (const { at, magic, format, name } of SIGNATURES) {
    const hit = at >= ISO_AT ? startsWith(iso, at - ISO_AT, magic) : startsWith(head, at, magic);
    if (hit) return { format, name };
  }
  return looksLikeText(head) ? { format: 'unknown', name: 'text' } : null;
}

function startsWith(bytes: Uint8Array, at: number, magic: string): boolean {
  if (bytes.length < at + magic.length) return false;
  for (let i = 0; i < magic.length; i += 1) if (bytes[at + i] !== magic.charCodeAt(i)) return false;
  return true;
}

/** Printable ASCII with line ends and tabs, nothing else, at least a few characters of it. */
function looksLikeText(head: Uint8Array): boolean {
  return (
    head.length >= 4 && head.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 9 || byte === 10 || byte === 13)
  );
}
