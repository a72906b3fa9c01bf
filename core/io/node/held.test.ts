import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeFiles } from './files.ts';
import { stretchesOf } from './held.ts';

const PRINTED = `Filesystem type is: ef53
File size of /lun.raw is 107374182400 (107374182400 blocks of 1 bytes)
 ext:     logical_offset:        physical_offset: length:   expected: flags:
   0:        0..    4095: 186973683712..186973687807:   4096:
   1:  1114112.. 1118207: 186974797824..186974801919:   4096:             last,eof
/lun.raw: 2 extents found
`;

describe('what a file system says of holes', () => {
  it('is the stretches in between', () => {
    expect(stretchesOf(PRINTED, 8192)).toEqual([
      { offset: 0, length: 4096 },
      { offset: 1_114_112, length: 4096 },
    ]);
  });

  it('is not believed where it falls short of the space that is spent, or in another unit', () => {
    expect(stretchesOf(PRINTED, 64 * 1024 * 1024)).toBeNull();
    expect(stretchesOf(PRINTED.replace('blocks of 1 bytes', 'blocks of 4096 bytes'), 8192)).toBeNull();
    expect(stretchesOf('', 0)).toBeNull();
  });

  describe('of a real file', () => {
    let folder = '';
    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'held-'));
    });
    afterAll(() => rm(folder, { recursive: true }));

    it('covers all that was written, or is not said', async ({ skip }) => {
      const file = path.join(folder, 'sparse.raw');
      const handle = await open(file, 'w');
      await handle.truncate(1024 ** 3);
      for (const at of [0, 300 * 1024 * 1024 + 512, 1024 ** 3 - 512])
        await handle.write(Buffer.alloc(512, 1), 0, 512, at);
      await handle.close();
      const source = await nodeFiles.open(file);
      try {
        const held = (await source.held?.()) ?? null;
        if (held === null) {
          skip('filefrag is not installed, or cannot ask this file system');
          return;
        }
        for (const at of [0, 300 * 1024 * 1024 + 512, 1024 ** 3 - 512])
          expect(held.some(({ offset, length }) => offset <= at && at + 512 <= offset + length)).toBe(true);
        expect(held.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(64 * 1024 * 1024);
      } finally {
        await source.close();
      }
    });
  });
});
