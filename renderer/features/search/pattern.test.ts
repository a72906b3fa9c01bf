import { describe, expect, it } from 'vitest';
import { EMPTY_FORM, patternOf, type SearchForm } from './pattern.ts';

const form = (kind: SearchForm['kind'], text: string, more: Partial<SearchForm> = {}): SearchForm => {
  return { ...EMPTY_FORM, kind, typed: { ...EMPTY_FORM.typed, [kind]: text }, ...more };
};
const why = (given: SearchForm): string => {
  const answer = patternOf(given);
  return answer.ok ? 'ok' : answer.why;
};

describe('patternOf', () => {
  it('takes text in the encodings chosen', () => {
    expect(patternOf(form('text', 'sshd'))).toEqual({
      ok: true,
      pattern: { kind: 'text', text: 'sshd', encodings: ['utf8', 'utf16le'], ignoreCase: true },
    });
    expect(why(form('text', 'sshd', { encodings: [] }))).toMatch(/encoding/);
  });

  it('takes hex with wildcards, and says what is wrong with it', () => {
    expect(why(form('hex', '63 6F ?? 6?'))).toBe('ok');
    expect(why(form('hex', '636'))).toMatch(/two digits/);
    expect(why(form('hex', '6g'))).toMatch(/"g" is no hex digit/);
    expect(why(form('hex', '????'))).toMatch(/everywhere/);
  });

  it('takes regular expressions that can be read and match something', () => {
    expect(why(form('regex', 'con[ei]ct\\w+'))).toBe('ok');
    expect(why(form('regex', '(unclosed'))).toMatch(/cannot be read/);
    expect(why(form('regex', 'a*'))).toMatch(/everywhere/);
  });

  it('asks for something to look for', () => {
    for (const kind of ['text', 'hex', 'regex'] as const) expect(why(form(kind, ''))).toMatch(/^Type/);
  });
});
