import { dynamicHeader, type LocatorEntry } from '../../../core/formats/vhd/layout.ts';
import { locatorEntries } from '../../../core/formats/vhd/locators.ts';
import { attempt, Errno } from './errno.ts';
import { byTapdisk, type Headers, TAP_0_1 } from './headers.ts';
import { locatorLength, type Vhd } from './libvhd.ts';
import type { System } from './system.ts';

/** Codes whose text vhd-util reads. */
const READABLE = ['MacX', 'W2ku', 'W2ru'];
/** Longer locators than this are not read: a path has 4,096 bytes. */
const MAX_TEXT = 1024 * 1024;
const PARENT_NAME = dynamicHeader.field('parentUnicodeName');

/** Whether vhd-util reads locators of this code. */
export function readable(code: string): boolean {
  return READABLE.includes(code);
}

/** The parent's name in the header; null when any of its 256 characters is not ASCII. */
export function headerParentName(vhd: Headers): string | null {
  const bytes = vhd.headerBytes.subarray(PARENT_NAME.offset, PARENT_NAME.offset + PARENT_NAME.length);
  if (!byTapdisk(vhd.footer) || vhd.footer.creatorVersion !== TAP_0_1) return windowsPath(bytes, 'big');
  // tapdisk 0.1 wrote its machine's byte order, with a mark where it differs
  const marked = (bytes[0] === 0xfe && bytes[1] === 0xff) || (bytes[0] === 0xff && bytes[1] === 0xfe);
  return windowsPath(marked ? bytes.subarray(2) : bytes, bytes[0] === 0xfe && marked ? 'big' : 'little');
}

/** UTF-16 as a path with forward slashes up to the first zero; null when anything, also behind the zero, is not ASCII. */
function windowsPath(bytes: Uint8Array, endian: 'big' | 'little'): string | null {
  if (bytes.length % 2 !== 0) return null;
  const low = endian === 'big' ? 1 : 0;
  const ascii = new Uint8Array(bytes.length / 2);
  for (let i = 0; i < ascii.length; i += 1) {
    if (bytes[i * 2 + 1 - low] !== 0) return null;
    ascii[i] = bytes[i * 2 + low] ?? 0;
  }
  return (
    asciiText(ascii)
      ?.replaceAll('\\', '/')
      .replace(/^[Cc]:/, '') ?? null
  );
}

function asciiText(bytes: Uint8Array): string | null {
  if (bytes.some((byte) => byte > 0x7f)) return null;
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** The path a locator holds. @throws Errno EINVAL for what is no path in ASCII. */
export async function locatorText(vhd: Vhd, entry: LocatorEntry): Promise<string> {
  if (!vhd.differencing || !readable(entry.platformCode)) throw new Errno('EINVAL');
  const room = locatorLength(entry.dataSpace);
  if (room === 0 || room > 0x7fff_ffff) throw new Errno('EINVAL');
  if (room > MAX_TEXT) {
    // the room must be there, but only the text is wanted
    await vhd.device.read(entry.dataOffset + BigInt(room) - 512n, 512);
    if (entry.dataLength > MAX_TEXT) throw new Errno('ENOMEM');
  }
  const bytes = await vhd.device.read(entry.dataOffset, Math.min(room, MAX_TEXT));
  if (entry.dataLength > bytes.length) throw new Errno('EINVAL');
  const text = bytes.subarray(0, entry.dataLength);
  const path = entry.platformCode === 'MacX' ? fileUrl(text) : windowsPath(text, 'little');
  if (path === null) throw new Errno('EINVAL');
  return path;
}

function fileUrl(bytes: Uint8Array): string | null {
  const text = asciiText(bytes);
  return text?.startsWith('file://') ? text.slice('file://'.length) : null;
}

/** The first locator, in order of slots, whose text can be read. @throws Errno EINVAL when there is none. */
export async function parentText(vhd: Vhd): Promise<string> {
  for (const entry of vhd.differencing ? locatorEntries(vhd.header) : []) {
    const text = await attempt(() => locatorText(vhd, entry));
    if (!(text instanceof Errno)) return text;
  }
  throw new Errno('EINVAL');
}

/** The parent's file: the first that is there of those the locators name. Its id is not looked at. @throws Errno */
export async function findParent(system: System, vhd: Vhd): Promise<string> {
  let failure = new Errno('EINVAL');
  for (const entry of vhd.differencing ? locatorEntries(vhd.header) : []) {
    const text = await attempt(() => locatorText(vhd, entry));
    if (text instanceof Errno) continue;
    const found = await attempt(() => resolveParent(system, vhd, text));
    if (!(found instanceof Errno)) return found;
    failure = found;
  }
  throw failure;
}

/** The file a locator's path means: as it is when absolute and there, else from the child's folder. @throws Errno */
export async function resolveParent(system: System, vhd: Vhd, text: string): Promise<string> {
  if (text.startsWith('/') && !((await attempt(() => system.readable(text))) instanceof Errno)) return text;
  const child = await system.canonical(vhd.name);
  const place = `${child.slice(0, child.lastIndexOf('/')) || '/'}/${text}`;
  await system.readable(place);
  return system.canonical(place);
}
