import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { root } from './scripts/entries.mjs';

// The page: static files that live under a policy without `unsafe-inline` and without `data:`, so nothing is inlined.
export default defineConfig({
  root: `${root}/renderer`,
  base: '/',
  logLevel: 'warn',
  plugins: [react()],
  build: {
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    emptyOutDir: true,
    chunkSizeWarningLimit: 2000,
    rolldownOptions: { input: `${root}/renderer/index.html` },
  },
});
