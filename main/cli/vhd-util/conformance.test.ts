import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { patternSectors } from '../../../core/formats/vhd/build/pattern.ts';
import { writeSparse } from '../../../core/io/node/sparse.ts';
import type { PlacedBytes } from '../../../core/io/sparse.ts';
import { face, testFolder } from './testing/face.ts';

// What vhd-util itself answered about the images of testdata/, run by run; testdata/README.md tells how they are written down.

const TESTDATA = path.join(import.meta.dirname, 'testdata');
const DOCUMENT = path.join(import.meta.dirname, '../../../docs/vhd-util.md');

type FileEntry =
  | {
      size: number;
      /** File offset, seed, guest sector, sectors. */
      pattern?: [number, number, number, number][];
      /** File offset, deflated bytes in base64. */
      bytes?: [number, string][];
    }
  | { link: string }
  | { folder: true };

interface Reply {
  code?: number;
  /** Standard output; `{read -p -n FILE}` stands for what that run printed. */
  out?: string;
  /** Of standard output, where it is data. */
  sha256?: string;
}

interface Run extends Reply {
  args: string[];
  /** It did not end, or died. */
  hang?: true;
  signal?: string;
  /** Why we answer otherwise, as docs/vhd-util.md names it, and what. */
  differs?: string;
  ours?: Reply;
}

interface Case {
  files: Record<string, FileEntry>;
  runs: Run[];
}

const cases = readdirSync(TESTDATA)
  .filter((name) => name.endsWith('.json'))
  .map((name): [string, Case] => {
    return [path.basename(name, '.json'), JSON.parse(readFileSync(path.join(TESTDATA, name), 'utf8')) as Case];
  });

const work = testFolder();
const tally = { same: 0, all: 0, documented: [] as string[] };

beforeAll(() => {
  // the recorded times are UTC; vhd-util prints local ones
  process.env['TZ'] = 'UTC';
});

afterAll(() => {
  work.done();
  console.log(`vhd-util conformance: ${tally.same} of ${tally.all} runs answer as vhd-util does.`);
  for (const line of tally.documented) console.log(`  documented difference: ${line}`);
});

describe.each(cases)('%s', (name, { files, runs }) => {
  it('answers as vhd-util did, or as documented', async () => {
    const folder = work.sub(name);
    for (const [file, entry] of Object.entries(files)) await put(folder, file, entry);
    const prints = new Map(runs.filter(isPrint).map((run) => [run.args.at(-1) ?? '', run.out ?? '']));
    const wrong: object[] = [];
    for (const run of runs) {
      const got = await reply(folder, run);
      const as = (wanted: Reply): Reply => expand(wanted, run, prints);
      const same = run.hang === undefined && run.signal === undefined && equal(got, as(run));
      tally.all += 1;
      if (same) tally.same += 1;
      if (run.differs !== undefined) tally.documented.push(`${name}: ${run.args.join(' ')}: ${run.differs}`);
      const expected = run.differs === undefined ? same : !same && equal(got, as(run.ours ?? {}));
      if (!expected) wrong.push({ args: run.args.join(' '), got, wanted: as(run.ours ?? run) });
    }
    expect(wrong).toEqual([]);
  });
});

it('documents every kind of difference', () => {
  const document = readFileSync(DOCUMENT, 'utf8');
  const kinds = new Set(cases.flatMap(([, { runs }]) => runs.flatMap(({ differs }) => differs ?? [])));
  expect(kinds.size).toBeGreaterThan(0);
  for (const kind of kinds) expect(document).toContain(`\`${kind}\``);
});

function isPrint({ args }: Run): boolean {
  return args[0] === 'read' && args[1] === '-p';
}

function equal(got: Reply, wanted: Reply): boolean {
  return got.code === wanted.code && got.out === wanted.out && got.sha256 === wanted.sha256;
}

async function reply(folder: string, { args, sha256, ours }: Run): Promise<Reply> {
  const { code, stdout } = await face(folder, args);
  if (sha256 !== undefined || ours?.sha256 !== undefined) {
    return { code, sha256: createHash('sha256').update(stdout).digest('hex') };
  }
  return { code, out: inOrder(args, readable(stdout).replaceAll(folder, '{DIR}')) };
}

function expand({ code, out, sha256 }: Reply, { args }: Run, prints: Map<string, string>): Reply {
  const full = out?.replace(/\{read -p -n ([^}]*)\}/g, (_, file: string) => prints.get(file) ?? '');
  return {
    ...(code === undefined ? {} : { code }),
    ...(full === undefined ? {} : { out: inOrder(args, full) }),
    ...(sha256 === undefined ? {} : { sha256 }),
  };
}

/** With -f the lines stand in the folder's own order, which is another one here. */
function inOrder(args: readonly string[], text: string): string {
  return args[0] === 'scan' && args.includes('-f') ? text.split('\n').sort().join('\n') : text;
}

/** Bytes as text; those that are no UTF-8 as \xNN, as they are written down. */
function readable(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = [1, 2, 3, 4].find((count) => !bytes.toString('utf8', at, at + count).includes('\ufffd'));
    text += length === undefined ? `\\x${bytes.toString('hex', at, at + 1)}` : bytes.toString('utf8', at, at + length);
    at += length ?? 1;
  }
  return text;
}

async function put(folder: string, name: string, entry: FileEntry): Promise<void> {
  const place = path.join(folder, name);
  mkdirSync(path.dirname(place), { recursive: true });
  if ('link' in entry) {
    symlinkSync(entry.link, place);
  } else if ('folder' in entry) {
    mkdirSync(place);
  } else {
    const extents: PlacedBytes[] = (entry.pattern ?? []).map(([at, seed, sector, count]) => {
      return { at, bytes: patternSectors(seed, sector, count) };
    });
    for (const [at, text] of entry.bytes ?? []) {
      extents.push({ at, bytes: inflateRawSync(Buffer.from(text, 'base64')) });
    }
    await writeSparse(place, { size: entry.size, extents: extents.sort((a, b) => a.at - b.at) });
  }
}
