import { secondsToIso } from '../formats/vmfs/codecs.ts';

/** An NAA or EUI name taken apart. */
export interface NaaParts {
  /** `naa.` or `eui.` with the digits in lower case. */
  name: string;
  hex: string;
  /** "NAA 6, registered extended". */
  format: string;
  /** Six hex digits that the IEEE gave the vendor; null where the format has none. */
  oui: string | null;
  /** Whose they are, of vendors we have met. */
  vendor: string | null;
  /** What the vendor put behind it, in hex. */
  rest: string;
  /** What more can be told of it. */
  notes: string[];
}

const FORMATS: Record<string, string> = {
  2: 'NAA 2, IEEE extended',
  3: 'NAA 3, locally assigned',
  5: 'NAA 5, registered',
  6: 'NAA 6, registered extended',
};

/** Makers of storage whose numbers stand in vSphere logs. */
const VENDORS: Record<string, string> = {
  '00000e': 'Fujitsu',
  '0002ac': '3PAR (HPE)',
  '000393': 'Apple',
  '000c29': 'VMware',
  '000d31': 'Compellent (Dell)',
  '00144f': 'Sun (COMSTAR)',
  '001405': 'OpenIB (LIO target)',
  '001438': 'HP',
  '005056': 'VMware',
  '005076': 'IBM',
  '00508b': 'HP',
  '006016': 'EMC CLARiiON, VNX',
  '006048': 'EMC Symmetrix',
  '0060e8': 'Hitachi',
  '00a098': 'NetApp',
  '00a0b8': 'LSI (Engenio)',
  '00c0ff': 'Dot Hill (HP MSA)',
  '0a9800': 'NetApp',
  '24a937': 'Pure Storage',
  '589cfc': 'FreeBSD',
  'e843b6': 'QNAP',
};

/** Explains 8 to 16 bytes of hex; null for what is no NAA or EUI name. */
export function explainNaa(digits: string): NaaParts | null {
  const hex = digits.toLowerCase();
  if (!/^[0-9a-f]+$/.test(hex)) return null;
  const kind = hex[0] ?? '';
  const naa = (hex.length === 32 && kind === '6') || (hex.length === 16 && ['2', '3', '5'].includes(kind));
  if (naa) return naaParts(hex, kind);
  if (![16, 24, 32].includes(hex.length)) return null;
  return euiParts(hex);
}

function naaParts(hex: string, kind: string): NaaParts {
  const format = FORMATS[kind] ?? '';
  const name = `naa.${hex}`;
  if (kind === '3') return { name, hex, format, oui: null, vendor: null, rest: hex.slice(1), notes: [] };
  // NAA 2 has 12 bits of the vendor's before the vendor's own number
  const at = kind === '2' ? 4 : 1;
  const oui = hex.slice(at, at + 6);
  const rest = (kind === '2' ? hex.slice(1, 4) : '') + hex.slice(at + 6);
  return { name, hex, format, oui, vendor: VENDORS[oui] ?? null, rest, notes: comstarNotes(hex) };
}

function euiParts(hex: string): NaaParts {
  const oui = hex.slice(0, 6);
  const format = `EUI-64, ${hex.length / 2} bytes`;
  return { name: `eui.${hex}`, hex, format, oui, vendor: VENDORS[oui] ?? null, rest: hex.slice(6), notes: [] };
}

/** Solaris' COMSTAR puts the time into the ids it makes: 600144f0, six bytes, seconds, a number. */
function comstarNotes(hex: string): string[] {
  if (!hex.startsWith('600144f0')) return [];
  const made = secondsToIso(Number.parseInt(hex.slice(20, 28), 16));
  if (made === null) return [];
  const number = Number.parseInt(hex.slice(28), 16);
  return [`made by COMSTAR at ${made}, number ${number} (our own reading: the times fit in all cases seen)`];
}
