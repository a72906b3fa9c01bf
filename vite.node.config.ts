import { defineConfig, type Plugin } from 'vite';
import { presentNodeEntries, programs, root } from './scripts/entries.mjs';

/** The command line's files start with `#!`, whether or not their source does. */
const hashbang: Plugin = {
  name: 'platter-hashbang',
  renderChunk(code, chunk) {
    if (!chunk.isEntry || !programs.includes(chunk.name) || code.startsWith('#!')) return null;
    return { code: `#!/usr/bin/env node\n${code}`, map: null };
  },
};

// Everything that runs in Node or in Electron's main process. Our code and its libraries are bundled, so start-up reads few
// files; what comes in by `import()` becomes a chunk of its own and is read only when it is used.
export default defineConfig({
  root,
  logLevel: 'warn',
  plugins: [hashbang],
  publicDir: false,
  // piscina and mysql2 find files of their own beside them, and electron is not a file at all.
  ssr: { noExternal: true, external: ['electron', 'piscina', 'mysql2', 'mysql2/promise'] },
  build: {
    ssr: true,
    target: 'node20',
    minify: false,
    emptyOutDir: false,
    rolldownOptions: {
      input: presentNodeEntries(),
      output: {
        format: 'es',
        entryFileNames: '[name].js',
        chunkFileNames: 'chunks/[name]-[hash].js',
      },
    },
  },
});
