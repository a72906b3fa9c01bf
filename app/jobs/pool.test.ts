import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildVhd } from '../../core/formats/vhd/build/build.ts';
import { writeSparse } from '../../core/io/node/sparse.ts';
import { Flag } from './flag.ts';
import { type Pool, threadPool } from './pool.ts';
import type { SearchMessage } from './tasks/search.ts';
import type { OpenedTarget } from './tasks/target.ts';
import { type BuiltWorker, builtWorker } from './testing/built-worker.ts';

const GIB = 1024 ** 3;
const SECTOR = 512;

describe('the thread pool', () => {
  let folder: string;
  let worker: BuiltWorker;
  let pool: Pool;
  const at = (name: string): string => path.join(folder, name);
  const guest = (...names: string[]): OpenedTarget => ({
    path: at(names[0] ?? ''),
    chain: { members: names.map((name) => ({ path: at(name), raw: false })), incomplete: false },
  });
  const file = (name: string): OpenedTarget => ({ path: at(name), chain: null });

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'platter-pool-'));
    worker = await builtWorker();
    pool = threadPool(worker.url, 2);
    const lastBytes = new Uint8Array(SECTOR);
    lastBytes.set(Buffer.from('NEE'), SECTOR - 3);
    const end = 2040 * GIB;
    const base = buildVhd({
      kind: 'dynamic',
      virtualSize: end,
      id: '6f0d1f22-1d52-4fd5-93b5-5f2c1c0e9a01',
      timeStamp: 700_000_000,
      writes: [
        { sector: 4095, bytes: lastBytes },
        { sector: end / SECTOR - 1, bytes: new Uint8Array(Buffer.from('NEEDLE')) },
      ],
    });
    await writeSparse(at('base.vhd'), base);
    // the child's first sector of the next block completes what the parent's last sector began
    const child = buildVhd({
      kind: 'differencing',
      virtualSize: end,
      id: '6f0d1f22-1d52-4fd5-93b5-5f2c1c0e9a02',
      timeStamp: 700_000_100,
      parent: { id: '6f0d1f22-1d52-4fd5-93b5-5f2c1c0e9a01', name: 'base.vhd', timeStamp: 700_000_050 },
      writes: [{ sector: 4096, bytes: new Uint8Array(Buffer.from('DLE and more')) }],
    });
    await writeSparse(at('child.vhd'), child);
    const backtrack = new Uint8Array(4096).fill(0x61);
    await writeSparse(at('a.raw'), { size: backtrack.length, extents: [{ at: 0, bytes: backtrack }] });
  });
  afterAll(async () => {
    await pool.close();
    await worker.remove();
    await rm(folder, { recursive: true, force: true });
  });

  it('searches a sparse disk of 2 TiB without reading what nobody holds, across blocks and owners', async () => {
    const messages: SearchMessage[] = [];
    const result = await pool.run(
      'search',
      {
        target: guest('child.vhd', 'base.vhd'),
        served: null,
        pattern: { kind: 'text', text: 'NEEDLE', encodings: ['ascii'], ignoreCase: false },
        from: 0,
        to: null,
        limit: 100,
      },
      { flag: new Flag(), long: true, onMessage: (message) => messages.push(message) },
    );
    expect(result).toEqual({ hits: 2, capped: false, skippedHoles: 0 });
    // every message is there before the result is
    const hits = messages.flatMap((message) => message.hits);
    expect(hits.map((hit) => hit.at)).toEqual([4096 * SECTOR - 3, 2040 * GIB - SECTOR]);
    expect(messages.at(-1)).toMatchObject({ at: 2040 * GIB, total: 2040 * GIB });
  }, 90_000);

  it('ends a regular expression that never comes back, and says so; other work goes on', async () => {
    const hopeless = pool.run(
      'search',
      {
        target: file('a.raw'),
        served: null,
        pattern: { kind: 'regex', source: '(a+)+[^a]$', ignoreCase: false },
        from: 0,
        to: null,
        limit: 10,
      },
      { flag: new Flag(), long: true },
    );
    const found = await pool.run('list', { paths: [folder], served: null });
    expect(found.paths).toHaveLength(3);
    await expect(hopeless).rejects.toMatchObject({ code: 'bad-pattern', message: /too long/ });
  }, 20_000);

  it('cancels a search that is in the middle of such a step at once', async () => {
    const flag = new Flag();
    const pattern = { kind: 'regex' as const, source: '(a+)+[^a]$', ignoreCase: false };
    const input = { target: file('a.raw'), served: null, pattern, from: 0, to: null, limit: 10 };
    const search = pool.run('search', input, { flag, long: true });
    setTimeout(() => flag.abort(), 300);
    await expect(search).rejects.toMatchObject({ kind: 'cancelled' });
  }, 20_000);

  it('hashes what the guest sees, and stops when it is told', async () => {
    const target = guest('child.vhd', 'base.vhd');
    const algorithms: ('sha256' | 'md5')[] = ['sha256', 'md5'];
    const range = { target, served: null, at: 4095 * SECTOR, length: 3 * SECTOR, algorithms };
    const expected = Buffer.alloc(3 * SECTOR);
    expected.write('NEE', 509);
    expected.write('DLE and more', 512);
    expect(await pool.run('hash', range, { long: true })).toEqual({
      size: 3 * SECTOR,
      digests: {
        sha256: createHash('sha256').update(expected).digest('hex'),
        md5: createHash('md5').update(expected).digest('hex'),
      },
    });
    const flag = new Flag();
    const whole = pool.run('hash', { ...range, at: 0, length: null }, { flag, long: true });
    setTimeout(() => flag.abort(), 200);
    await expect(whole).rejects.toMatchObject({ kind: 'cancelled' });
  });

  it('refuses to hash what is in a missing parent, and searches around it', async () => {
    const target: OpenedTarget = { path: at('child.vhd'), chain: { ...guest('child.vhd').chain!, incomplete: true } };
    const range = { target, served: null, at: 0, length: null, algorithms: ['sha256' as const] };
    await expect(pool.run('hash', range, { long: true })).rejects.toMatchObject({ code: 'parent-missing' });
    const pattern = { kind: 'hex' as const, hex: '44 4c 45' };
    const input = { target, served: null, pattern, from: 0, to: null, limit: 10 };
    const result = await pool.run('search', input, { flag: new Flag(), long: true });
    expect(result).toEqual({ hits: 1, capped: false, skippedHoles: 2040 * GIB - SECTOR });
  }, 20_000);

  it('carries a refusal as what it is, with its place', async () => {
    const gone = { path: at('gone.vhd'), relatives: [], parentFindings: null, served: null };
    await expect(pool.run('inspect', gone)).rejects.toMatchObject({
      kind: 'refusal',
      code: 'not-found',
      place: { path: at('gone.vhd') },
    });
    const outside = { paths: [at('base.vhd')], served: [path.join(folder, 'elsewhere')] };
    const [read] = await pool.run('summaries', outside);
    expect(read).toMatchObject({ summary: null, error: { code: 'outside-served-folders' } });
  });
});
