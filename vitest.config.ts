import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const skipped = ['**/node_modules/**', 'dist/**', 'e2e/**'];

export default defineConfig({
  test: {
    pool: 'threads',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    reporters: ['default'],
    passWithNoTests: true,
    projects: [
      {
        extends: true,
        test: { name: 'core', environment: 'node', include: ['core/**/*.test.ts'], exclude: skipped },
      },
      {
        extends: true,
        test: {
          name: 'app',
          // The command line's tests change the working folder, which a thread may not.
          pool: 'forks',
          environment: 'node',
          include: ['app/**/*.test.ts', 'main/**/*.test.ts', 'scripts/**/*.test.ts'],
          exclude: skipped,
        },
      },
      {
        extends: true,
        plugins: [react()],
        test: {
          name: 'renderer',
          environment: 'happy-dom',
          include: ['renderer/**/*.test.ts', 'renderer/**/*.test.tsx'],
          exclude: skipped,
        },
      },
    ],
  },
});
