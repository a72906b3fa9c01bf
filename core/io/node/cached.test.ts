import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { random } from '../../testing/random.ts';
import { isCached } from './cached.ts';
import { pagedMemory } from './direct.ts';
import { nodeFiles } from './files.ts';

const folder = mkdtempSync(join(tmpdir(), 'platter-cached-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const MIB = 1024 * 1024;
const bytes = random(3).bytes(MIB + 700);

it('a large read gives the file’s bytes, whether they are in memory or on the disk', async () => {
  const path = join(folder, 'a file');
  writeFileSync(path, bytes);
  for (const drop of [false, true]) {
    if (drop) execFileSync('dd', [`of=${path}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0', 'status=none']);
    const file = await nodeFiles.open(path);
    const into = pagedMemory(MIB);
    for (const at of [0, 700, 4096]) {
      const got = await file.readInto?.(at, into.subarray(0, 768 * 1024));
      expect(got).toBe(768 * 1024);
      expect(Buffer.compare(into.subarray(0, got), bytes.subarray(at, at + 768 * 1024))).toBe(0);
    }
    await file.close();
  }
});

it('what cannot be asked is not in memory', async () => {
  expect(await isCached(join(folder, 'not there'), 4096)).toBe(false);
  expect(await isCached('relative', 4096)).toBe(false);
  const empty = join(folder, 'empty');
  writeFileSync(empty, '');
  expect(await isCached(empty, 0)).toBe(false);
});
