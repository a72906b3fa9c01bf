/**
 * A file's name is bytes, and may be no UTF-8 at all. Each byte that is none is carried in a name as the lone surrogate U+DC00 + byte
 * (as Python's surrogateescape does): no valid text holds one, JSON and workers keep it, and it goes back to the same byte.
 */

const LONE = /[\udc80-\udcff]/;
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A name or path as the system gives it, as text. */
export function nameFromBytes(bytes: Buffer): string {
  try {
    return strict.decode(bytes);
  } catch {
    return decodePieces(bytes);
  }
}

function decodePieces(bytes: Buffer): string {
  let out = '';
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] ?? 0;
    const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    try {
      out += strict.decode(bytes.subarray(at, at + length));
      at += length;
    } catch {
      out += String.fromCharCode(0xdc00 + first);
      at += 1;
    }
  }
  return out;
}

/** A path as the system takes it: text, or bytes where text cannot say them. */
export function systemPath(path: string): string | Buffer {
  if (!LONE.test(path)) return path;
  const parts: Buffer[] = [];
  for (const character of path) {
    const code = character.codePointAt(0) ?? 0;
    parts.push(code >= 0xdc80 && code <= 0xdcff ? Buffer.from([code - 0xdc00]) : Buffer.from(character, 'utf8'));
  }
  return Buffer.concat(parts);
}
