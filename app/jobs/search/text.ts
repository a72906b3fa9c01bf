import type { SearchPattern } from '../../contract/contract.ts';
import { BytePattern } from './byte-pattern.ts';

type TextPattern = Extract<SearchPattern, { kind: 'text' }>;
type Encoding = TextPattern['encodings'][number];

/** One pattern for each encoding that can say the text; encodings that say it with the same bytes share one. */
export function textPatterns({ text, encodings, ignoreCase }: TextPattern): BytePattern[] {
  const out = new Map<string, BytePattern>();
  for (const encoding of encodings) {
    const positions = positionsOf(text, encoding, ignoreCase);
    if (positions) out.set(JSON.stringify(positions), new BytePattern(positions));
  }
  return [...out.values()];
}

/** Bytes allowed at each position; null when the encoding has no way to write the text. */
function positionsOf(text: string, encoding: Encoding, ignoreCase: boolean): number[][] | null {
  const positions: number[][] = [];
  for (const character of text) {
    const plain = encode(character, encoding);
    if (!plain) return null;
    const forms = [plain];
    for (const other of ignoreCase ? [character.toLowerCase(), character.toUpperCase()] : []) {
      // a form of another length (ß, SS) is not looked for
      const bytes = encode(other, encoding);
      if (bytes?.length === plain.length) forms.push(bytes);
    }
    for (const index of plain.keys()) positions.push([...new Set(forms.map((bytes) => bytes[index] ?? 0))].sort());
  }
  return positions;
}

function encode(character: string, encoding: Encoding): number[] | null {
  switch (encoding) {
    case 'ascii': {
      const code = character.codePointAt(0) ?? 0;
      return character.length === 1 && code < 0x80 ? [code] : null;
    }
    case 'utf8':
      // half of a pair has no UTF-8
      return /^[\ud800-\udfff]$/.test(character) ? null : [...new TextEncoder().encode(character)];
    case 'utf16le':
      return [...Buffer.from(character, 'utf16le')];
    case 'utf16be':
      return [...Buffer.from(character, 'utf16le').swap16()];
  }
}
