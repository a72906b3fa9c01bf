import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const CHUNK = 4 * 1024 * 1024;

/** Everything a file system tells of a folder and what is in it, with a hash of each file: one line each. */
export async function snapshot(folder: string): Promise<string[]> {
  const paths = [folder];
  for (const entry of await readdir(folder, { recursive: true })) paths.push(join(folder, entry));
  const lines: string[] = [];
  for (const path of paths.sort()) {
    const stats = await lstat(path, { bigint: true });
    const times = `${stats.mtimeNs} ${stats.ctimeNs} ${stats.isFile() ? stats.atimeNs : ''}`;
    lines.push(`${path} ${stats.mode} ${stats.size} ${times} ${stats.isFile() ? await hashOf(path) : ''}`);
  }
  return lines;
}

/** Read so that the access time stays what it was. */
async function hashOf(path: string): Promise<string> {
  const quiet = (constants as { O_NOATIME?: number }).O_NOATIME ?? 0;
  const handle = await open(path, constants.O_RDONLY | quiet);
  try {
    const hash = createHash('sha256');
    const buffer = new Uint8Array(CHUNK);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, CHUNK);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}
