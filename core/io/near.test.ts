import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../testing/memory-files.ts';
import { random } from '../testing/random.ts';
import { NearSource } from './near.ts';

const KIB = 1024;
const bytes = random(7).bytes(100 * KIB);

describe('NearSource', () => {
  it('answers what the source would, whatever is asked for', async () => {
    const files = memoryFiles().put('/a', bytes);
    const near = new NearSource(await files.open('/a'));
    const chosen = random(3);
    for (let i = 0; i < 500; i += 1) {
      const at = chosen.between(0, bytes.length + 10);
      const length = chosen.pick([0, 1, 4, 512, 1024, 5000]);
      expect(Array.from(await near.read(at, length))).toEqual(Array.from(bytes.subarray(at, at + length)));
    }
  });

  it('reads a head full of small structures at once', async () => {
    const files = memoryFiles().put('/a', bytes);
    const near = new NearSource(await files.open('/a'));
    for (const at of [0, 512, 1536, 3072, 4096]) await near.read(at, 512);
    expect(files.reads.get('/a')).toEqual({ reads: 1, bytes: 16 * KIB });
  });

  it('still reads what is good beside a bad sector', async () => {
    const files = memoryFiles()
      .put('/a', bytes)
      .failFrom('/a', 8 * KIB);
    const near = new NearSource(await files.open('/a'));
    expect(await near.read(512, 512)).toEqual(bytes.slice(512, 1024));
    await expect(near.read(8 * KIB, 512)).rejects.toMatchObject({ kind: 'failure', code: 'read-failed' });
  });

  it('gives bytes that may be changed', async () => {
    const near = new NearSource(await memoryFiles().put('/a', bytes).open('/a'));
    (await near.read(0, 16)).fill(0);
    expect(await near.read(0, 16)).toEqual(bytes.slice(0, 16));
  });
});
