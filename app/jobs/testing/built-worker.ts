import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';

export interface BuiltWorker {
  url: URL;
  remove(): Promise<void>;
}

/** Builds the threads' entry from its source, as it is now, into a folder of its own: Node 20 runs no TypeScript. */
export async function builtWorker(): Promise<BuiltWorker> {
  const folder = await mkdtemp(path.join(tmpdir(), 'platter-worker-'));
  const entry = fileURLToPath(new URL('../worker.ts', import.meta.url));
  await build({
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    ssr: { noExternal: true },
    build: {
      ssr: true,
      target: 'node20',
      outDir: folder,
      emptyOutDir: true,
      rolldownOptions: { input: { worker: entry }, output: { entryFileNames: '[name].mjs' } },
    },
  });
  return {
    url: pathToFileURL(path.join(folder, 'worker.mjs')),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
