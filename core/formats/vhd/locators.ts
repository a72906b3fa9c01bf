import type { ByteSource, Signal } from '../../io/source.ts';
import { decodeUtf16, printable } from '../../structure/codecs.ts';
import { SECTOR } from './constants.ts';
import { type DynamicHeader, dynamicHeader, LOCATOR_CODES, type LocatorEntry } from './layout.ts';

/** One used parent locator with the path it holds. */
export interface Locator {
  /** 1 to 8, as in the field names. */
  number: number;
  entry: LocatorEntry;
  /** The platform code without padding: "W2ru". */
  code: string;
  /** Where its text stands; null when no bytes of the file can be that. */
  at: number | null;
  /** Bytes of text that could be read. */
  length: number;
  /** Room kept for it, in bytes, whichever unit the writer used. */
  space: number;
  /** The path as stored, in the platform's own form; null when unreadable or of a code without text. */
  text: string | null;
}

const EMPTY = '\0\0\0\0';
const MAX_TEXT = 64 * 1024;

/** The eight entries of a header, in slot order, used or not. */
export function locatorEntries(header: DynamicHeader): LocatorEntry[] {
  return [
    header.parentLocator1,
    header.parentLocator2,
    header.parentLocator3,
    header.parentLocator4,
    header.parentLocator5,
    header.parentLocator6,
    header.parentLocator7,
    header.parentLocator8,
  ];
}

/**
 * Room in bytes. The specification counts sectors, Microsoft's own files and blktap bytes: a number under 512 can only be
 * sectors.
 */
export function locatorSpace(entry: LocatorEntry): number {
  return entry.dataSpace < SECTOR ? entry.dataSpace * SECTOR : entry.dataSpace;
}

/** Reads the text of every used locator; unreadable ones stay in the list without text. */
export async function readLocators(source: ByteSource, header: DynamicHeader, signal?: Signal): Promise<Locator[]> {
  const out: Locator[] = [];
  for (const [index, entry] of locatorEntries(header).entries()) {
    if (entry.platformCode === EMPTY) continue;
    const inFile = entry.dataOffset < BigInt(source.size);
    const at = inFile ? Number(entry.dataOffset) : null;
    const wanted = Math.min(entry.dataLength, MAX_TEXT);
    const bytes = at === null || entry.dataLength > MAX_TEXT ? new Uint8Array() : await source.read(at, wanted, signal);
    const whole = bytes.length > 0 && bytes.length === entry.dataLength;
    out.push({
      number: index + 1,
      entry,
      code: printable(entry.platformCode),
      at,
      length: bytes.length,
      space: locatorSpace(entry),
      text: whole ? decodeLocator(entry.platformCode, bytes) : null,
    });
  }
  return out;
}

function decodeLocator(code: string, bytes: Uint8Array): string | null {
  switch (code) {
    case 'W2ru':
    case 'W2ku':
      return decodeUtf16(bytes, 'little');
    case 'MacX':
      return new TextDecoder().decode(bytes).replace(/\0+$/, '');
    case 'Wi2r':
    case 'Wi2k':
      return new TextDecoder('latin1').decode(bytes).replace(/\0+$/, '');
    default:
      return null;
  }
}

/** Whether the specification (or Microsoft's practice) knows this code. */
export function knownLocatorCode(code: string): boolean {
  return code in LOCATOR_CODES;
}

/** Offset of a locator entry's field in the dynamic header. */
export function locatorEntryOffset(number: number): number {
  return dynamicHeader.field('parentLocator1').offset + (number - 1) * 24;
}

/** Where a locator leads, with forward slashes. */
interface LocatorPath {
  path: string;
  absolute: boolean;
  /** Of another system: `C:\a\b`, `\\server\share\a`. */
  foreign: boolean;
}

/**
 * The paths a locator may mean, the likeliest first: `file://./x` and `.\x` are relative, `C:\a\b` and `\\server\share\a` keep
 * their absolute form. vhd-util writes and reads a Mac's URL without escapes, others with them: both are meant where a percent
 * sign stands in it. Source: blktap's handling, as observed.
 */
export function locatorPaths(code: string, text: string): LocatorPath[] {
  if (code === 'MacX') {
    const stored = text.replace(/^file:\/\//, '').replace(/^localhost(?=\/)/, '');
    return [...new Set([stored, unescaped(stored)])].map((path) => ({
      path,
      absolute: path.startsWith('/'),
      foreign: false,
    }));
  }
  const path = text.replaceAll('\\', '/');
  const drive = /^[A-Za-z]:/.test(path);
  const share = path.startsWith('//');
  return [{ path, absolute: drive || share || path.startsWith('/'), foreign: drive || share }];
}

function unescaped(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}

/** Last component of a path in any platform's form. */
export function lastComponent(path: string): string {
  const parts = path.split(/[\\/]/);
  return parts[parts.length - 1] ?? '';
}
