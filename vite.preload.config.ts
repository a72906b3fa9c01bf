import { defineConfig } from 'vite';
import { root } from './scripts/entries.mjs';

// A sandboxed preload is one CommonJS file that may require nothing but `electron`.
export default defineConfig({
  root,
  logLevel: 'warn',
  publicDir: false,
  ssr: { noExternal: true, external: ['electron'] },
  build: {
    ssr: true,
    target: 'node20',
    minify: false,
    emptyOutDir: false,
    rolldownOptions: {
      input: { 'electron/preload': 'main/electron/preload.ts' },
      output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false },
    },
  },
});
