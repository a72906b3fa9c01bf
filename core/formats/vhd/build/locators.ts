import { bug } from '../../../errors.ts';
import { encodeUtf16 } from '../../../structure/codecs.ts';
import { SECTOR } from '../constants.ts';
import type { DynamicHeader, LocatorEntry } from '../layout.ts';
import type { LocatorSpec } from './spec.ts';

/** The three locators vhd-util writes, all relative: `path` as `./base.vhd` or `../base/golden image.vhd`. */
export function vhdUtilLocators(path: string): LocatorSpec[] {
  const windows = (path.startsWith('./') ? path : `./${path}`).replaceAll('/', '\\');
  return [
    { code: 'MacX', text: `file://${path}` },
    { code: 'W2ku', text: windows },
    { code: 'W2ru', text: windows },
  ];
}

/** A locator's text as its platform stores it, without an end mark. */
export function encodeLocator({ code, text }: LocatorSpec): Uint8Array {
  if (typeof text !== 'string') return text;
  switch (code) {
    case 'W2ru':
    case 'W2ku':
      return encodeUtf16(text, 'little');
    case 'Wi2r':
    case 'Wi2k':
    case 'Mac ':
      return Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);
    default:
      return new TextEncoder().encode(text);
  }
}

/** A locator with the place it gets in the file. */
export interface PlacedLocator {
  entry: LocatorEntry;
  at: number;
  bytes: Uint8Array;
}

/** Lays the texts out one after the other from `at`, each in whole sectors; `end` is where the next thing may stand. */
export function placeLocators(
  specs: readonly (LocatorSpec | null)[],
  at: number,
): { placed: (PlacedLocator | null)[]; end: number } {
  if (specs.length > 8) throw bug(`${specs.length} parent locators: a header holds eight`);
  let end = at;
  const placed = specs.map((spec): PlacedLocator | null => {
    if (!spec) return null;
    const bytes = encodeLocator(spec);
    const space = spec.space ?? Math.max(1, Math.ceil(bytes.length / SECTOR)) * SECTOR;
    const place = end;
    end += Math.ceil(space / SECTOR) * SECTOR;
    const entry: LocatorEntry = {
      platformCode: spec.code,
      dataSpace: spec.unit === 'sectors' ? Math.ceil(space / SECTOR) : space,
      dataLength: bytes.length,
      reserved: 0,
      dataOffset: BigInt(place),
    };
    return { entry, at: place, bytes };
  });
  return { placed, end };
}

const SLOTS = [
  'parentLocator1',
  'parentLocator2',
  'parentLocator3',
  'parentLocator4',
  'parentLocator5',
  'parentLocator6',
  'parentLocator7',
  'parentLocator8',
] as const;

/** The header's eight entries, for its table. */
export function locatorFields(placed: readonly (PlacedLocator | null)[]): Partial<DynamicHeader> {
  const fields: Partial<DynamicHeader> = {};
  for (const [index, slot] of SLOTS.entries()) {
    const locator = placed[index];
    if (locator) fields[slot] = locator.entry;
  }
  return fields;
}
