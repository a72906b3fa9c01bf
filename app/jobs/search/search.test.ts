import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SearchPattern } from '../../contract/contract.ts';
import type { SearchHit } from '../../contract/types.ts';
import { compile } from './matcher.ts';
import { type Span, scanSpans } from './scan.ts';

const now = <T>(step: () => T): T => step();

interface Options {
  chunk?: number;
  limit?: number;
  spans?: Span[];
}

async function find(bytes: Uint8Array, pattern: SearchPattern, options: Options = {}): Promise<SearchHit[]> {
  const { chunk = 64, limit = 1000, spans = [{ from: 0, to: bytes.length }] } = options;
  const hits: SearchHit[] = [];
  await scanSpans({
    spans: (async function* () {
      yield* spans;
    })(),
    read: (at, length) => Promise.resolve(bytes.slice(at, at + length)),
    matcher: compile(pattern, now),
    chunk,
    limit,
    signal: { aborted: false },
    onHit: (hit) => hits.push(hit),
    onPlace: () => {},
  });
  return hits;
}

const places = (hits: SearchHit[]): number[] => hits.map(({ at }) => at);
const text = (value: string, encodings: Extract<SearchPattern, { kind: 'text' }>['encodings'], ignoreCase = false) =>
  ({ kind: 'text', text: value, encodings, ignoreCase }) as const;
const bytesOf = (...parts: (string | Buffer | number[])[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part as string))));

describe('search', () => {
  it('finds each place once, however the bytes are cut into reads', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 120 }),
        fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 50 }),
        async (content, wanted, chunk) => {
          const hex = Buffer.from(wanted).toString('hex');
          const expected: number[] = [];
          const bytes = Buffer.from(content);
          for (let at = bytes.indexOf(Buffer.from(wanted)); at >= 0; ) {
            expected.push(at);
            at = bytes.indexOf(Buffer.from(wanted), at + wanted.length);
          }
          expect(places(await find(new Uint8Array(bytes), { kind: 'hex', hex }, { chunk }))).toEqual(expected);
        },
      ),
    );
  });

  it('finds a regular expression at the same places for every size of read', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 200 }), fc.integer({ min: 1, max: 99 }), async (filler, chunk) => {
        const bytes = bytesOf(filler.replace(/[a-z]/g, '_'), 'key=12;', filler.replace(/[a-z]/g, '.'), 'key=345;');
        const pattern = { kind: 'regex', source: 'key=\\d+;', ignoreCase: false } as const;
        const whole = await find(bytes, pattern, { chunk: 10_000 });
        expect(whole).toHaveLength(2);
        expect(places(await find(bytes, pattern, { chunk }))).toEqual(places(whole));
      }),
    );
  });

  it('shows what stands around a hit, also where a read ends', async () => {
    const bytes = bytesOf('.'.repeat(30), 'before>', 'NEEDLE', '<after', '.'.repeat(60));
    for (const chunk of [7, 37, 40, 43, 200]) {
      const [hit] = await find(bytes, text('NEEDLE', ['ascii']), { chunk });
      const shown = Buffer.from(hit!.context).toString();
      expect(hit!.at).toBe(37);
      expect(shown.slice(hit!.contextAt, hit!.contextAt + hit!.length)).toBe('NEEDLE');
      expect(shown.slice(0, hit!.contextAt)).toMatch(/before>$/);
      expect(shown.length).toBeLessThanOrEqual(48);
    }
  });

  it('finds text in each encoding, and one place once where two encodings agree', async () => {
    const bytes = bytesOf(
      'Übersicht|',
      Buffer.from('Übersicht', 'utf16le'),
      '|',
      Buffer.from('Übersicht', 'utf16le').swap16(),
      '|plain',
    );
    expect(await find(bytes, text('Übersicht', ['utf8', 'utf16le', 'utf16be']))).toMatchObject([
      { at: 0, length: 10 },
      { at: 11, length: 18 },
      { at: 30, length: 18 },
    ]);
    expect(places(await find(bytes, text('plain', ['ascii', 'utf8'])))).toEqual([49]);
  });

  it('ignores case in any script, where the forms are of one length', async () => {
    expect(places(await find(bytesOf('peterPARKER ÜBER über'), text('PeterParker', ['utf8'], true)))).toEqual([0]);
    expect(places(await find(bytesOf('peterPARKER ÜBER über'), text('über', ['utf8'], true)))).toEqual([12, 18]);
    const wide = bytesOf(Buffer.from('жЖ', 'utf16le'));
    expect(places(await find(wide, text('Ж', ['utf16le'], true)))).toEqual([0, 2]);
    expect(places(await find(bytesOf('Parker'), text('parker', ['ascii'], false)))).toEqual([]);
  });

  it('takes any digit for a question mark', async () => {
    const bytes = Uint8Array.of(0x63, 0x6f, 0x11, 0x65, 0x63, 0x6f, 0xff, 0x65, 0x63, 0x60, 0x00, 0x65);
    expect(places(await find(bytes, { kind: 'hex', hex: '63 6f ?? 65' }))).toEqual([0, 4]);
    expect(places(await find(bytes, { kind: 'hex', hex: '63 6? ?? 65' }))).toEqual([0, 4, 8]);
    expect(places(await find(bytes, { kind: 'hex', hex: '?1 65' }))).toEqual([2]);
  });

  it('says what is wrong with a pattern', () => {
    const wrong = (pattern: SearchPattern) => () => compile(pattern, now);
    expect(wrong({ kind: 'hex', hex: '63 6' })).toThrow(/two digits/);
    expect(wrong({ kind: 'hex', hex: '6g' })).toThrow(/"g" is no hex digit/);
    expect(wrong({ kind: 'hex', hex: '?? ??' })).toThrow(/everywhere/);
    expect(wrong({ kind: 'regex', source: '(', ignoreCase: false })).toThrow(/regular expression/);
    expect(wrong(text('Übersicht', ['ascii']))).toThrow(/encodings/);
    expect(wrong(text('x', []))).toThrow(/encodings/);
  });

  it('matches bytes, not characters: any byte is a dot, and \\xff is 255', async () => {
    const bytes = Uint8Array.of(0x41, 0x0a, 0x80, 0xff, 0x42);
    const regex = (source: string): SearchPattern => ({ kind: 'regex', source, ignoreCase: false });
    expect(await find(bytes, regex('A..\\xffB'))).toMatchObject([{ at: 0, length: 5 }]);
    expect(places(await find(bytes, regex('[\\x80-\\x9f]')))).toEqual([2]);
    expect(places(await find(bytesOf('one\ntwo\n'), regex('^t')))).toEqual([4]);
    // an expression that matches nothing at all finds nothing, and ends
    expect(await find(bytes, regex('z*'))).toEqual([]);
  });

  it('cuts a match at 4 KiB and goes on behind it', async () => {
    const bytes = new Uint8Array(10_000).fill(0x61);
    const hits = await find(bytes, { kind: 'regex', source: 'a+', ignoreCase: false }, { chunk: 512 });
    expect(hits.map(({ at, length }) => [at, length])).toEqual([
      [0, 4096],
      [4096, 4096],
      [8192, 1808],
    ]);
  });

  it('ends at the limit, and says nothing of a limit that was just reached', async () => {
    const bytes = bytesOf('x.x.x.');
    const pattern = text('x', ['ascii']);
    expect(places(await find(bytes, pattern, { limit: 2 }))).toEqual([0, 2]);
    expect(places(await find(bytes, pattern, { limit: 3 }))).toEqual([0, 2, 4]);
  });

  it('finds what spans two stretches that touch, and nothing across a gap', async () => {
    const bytes = bytesOf('....NEEDLE......NEE', 'DLE...');
    const spans = [
      { from: 0, to: 7 },
      { from: 7, to: 12 },
      { from: 12, to: 18 },
      { from: 20, to: 25 },
    ];
    expect(places(await find(bytes, text('NEEDLE', ['ascii']), { spans }))).toEqual([4]);
  });
});
