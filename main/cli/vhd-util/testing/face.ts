import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runVhdUtil } from '../run.ts';

/** What one run of the face answered. */
export interface Answer {
  code: number;
  stdout: Buffer;
  stderr: string;
}

/** Runs `vhd-util ARGS…` in a folder. */
export async function face(cwd: string, args: readonly string[]): Promise<Answer> {
  const chunks: Buffer[] = [];
  let stderr = '';
  const code = await runVhdUtil([...args], {
    stdout: (chunk) => void chunks.push(Buffer.from(chunk)),
    stderr: (text) => {
      stderr += text;
    },
    cwd,
  });
  return { code, stdout: Buffer.concat(chunks), stderr };
}

/** An empty folder under its real name, removed by `done`. */
export function testFolder(): { folder: string; sub(name: string): string; done(): void } {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'platter-face-')));
  return {
    folder,
    sub(name) {
      const made = path.join(folder, name);
      mkdirSync(made, { recursive: true });
      return made;
    },
    done() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
