import type { SearchPattern } from '../../../app/contract/contract.ts';

export type Encoding = 'utf8' | 'utf16le' | 'utf16be';

/** What the search fields hold. */
export interface SearchForm {
  kind: SearchPattern['kind'];
  /** What was typed, for each kind its own. */
  typed: Record<SearchPattern['kind'], string>;
  encodings: readonly Encoding[];
  ignoreCase: boolean;
}

export const EMPTY_FORM: SearchForm = {
  kind: 'text',
  typed: { text: '', hex: '', regex: '' },
  encodings: ['utf8', 'utf16le'],
  ignoreCase: true,
};

export type Pattern = { ok: true; pattern: SearchPattern } | { ok: false; why: string };

const MAX_TYPED = 4096;

/** What is to be looked for, or in one sentence why that cannot be. */
export function patternOf({ kind, typed, encodings, ignoreCase }: SearchForm): Pattern {
  const text = typed[kind];
  if (text === '') return { ok: false, why: 'Type what to look for.' };
  if (text.length > MAX_TYPED) return { ok: false, why: `At most ${MAX_TYPED} characters.` };
  switch (kind) {
    case 'text':
      if (encodings.length === 0) return { ok: false, why: 'Choose at least one encoding.' };
      return { ok: true, pattern: { kind, text, encodings: [...encodings], ignoreCase } };
    case 'hex': {
      const why = wrongHex(text);
      return why === null ? { ok: true, pattern: { kind, hex: text } } : { ok: false, why };
    }
    case 'regex': {
      const why = wrongRegex(text);
      return why === null ? { ok: true, pattern: { kind, source: text, ignoreCase } } : { ok: false, why };
    }
  }
}

function wrongHex(text: string): string | null {
  const digits = text.replace(/\s+/g, '');
  const odd = /[^0-9a-f?]/i.exec(digits);
  if (odd) return `${JSON.stringify(odd[0])} is no hex digit; ? stands for any digit.`;
  if (digits.length % 2 === 1) return 'Hex needs two digits for each byte; ? stands for any digit.';
  return /[^?]/.test(digits) ? null : 'A pattern of wildcards alone is everywhere.';
}

function wrongRegex(source: string): string | null {
  try {
    return new RegExp(source, 's').test('') ? 'It matches nothing at all, which is everywhere.' : null;
  } catch (thrown) {
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    return `It cannot be read: ${text.replace(/^Invalid regular expression: /, '')}.`;
  }
}
