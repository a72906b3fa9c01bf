import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

const tests = ['**/*.test.ts', '**/*.test.tsx', '**/testing/**', 'e2e/**'];

// Evidence is never written by accident: what opens a file for writing, changes or removes one lives in core/io/node and is
// used by core/apply. A settings file or a window's own file elsewhere says so in an eslint-disable line with its reason.
const writers = [
  'appendFile',
  'chmod',
  'chown',
  'copyFile',
  'cp',
  'fchmod',
  'fchown',
  'ftruncate',
  'futimes',
  'lchown',
  'link',
]
  .concat([
    'lutimes',
    'mkdir',
    'mkdtemp',
    'open',
    'rename',
    'rm',
    'rmdir',
    'symlink',
    'truncate',
    'unlink',
    'utimes',
    'write',
  ])
  .concat(['writeFile', 'writev'])
  .flatMap((name) => [name, `${name}Sync`])
  .concat(['createWriteStream', 'openAsBlob', 'promises', 'WriteStream']);
const writingMessage =
  'Only core/apply and core/io/node open, change or remove files. Read through core/io/node; for a file of our own, disable this line and say why.';
const noWriting = {
  'no-restricted-imports': [
    'error',
    {
      paths: ['fs', 'node:fs', 'fs/promises', 'node:fs/promises'].map((name) => ({
        name,
        importNames: writers,
        message: writingMessage,
      })),
    },
  ],
  'no-restricted-syntax': [
    'error',
    ...['ImportDefaultSpecifier', 'ImportNamespaceSpecifier'].map((kind) => ({
      selector: `ImportDeclaration[source.value=/^(node:)?fs(\\u002Fpromises)?$/] > ${kind}`,
      message: `Import functions of node:fs by name. ${writingMessage}`,
    })),
    {
      selector: 'ImportExpression[source.value=/^(node:)?fs(\\u002Fpromises)?$/]',
      message: `Import functions of node:fs by name. ${writingMessage}`,
    },
  ],
};

export default defineConfig(
  globalIgnores([
    'dist/',
    'release/',
    'node_modules/',
    'test-results/',
    'playwright-report/',
    '**/testdata/',
    'coverage/',
  ]),
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidOperator: true },
      ],
      '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-empty-function': 'off',
      // Types that only relate parameters to each other are how the contract is written.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      'no-console': 'error',
      eqeqeq: ['error', 'always'],
    },
  },
  {
    files: ['core/**/*.ts', 'app/**/*.ts', 'main/**/*.ts', 'renderer/**/*.ts', 'renderer/**/*.tsx'],
    ignores: ['core/io/node/**', 'core/apply/**', ...tests],
    rules: noWriting,
  },
  {
    files: ['renderer/**/*.ts', 'renderer/**/*.tsx'],
    extends: [reactHooks.configs.flat.recommended],
    rules: {
      // Flags every hook of TanStack Table and Virtual, which are not made for the compiler; we do not use the compiler.
      'react-hooks/incompatible-library': 'off',
    },
  },
  {
    files: tests,
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['*.config.ts', 'scripts/**', 'e2e/**', 'main/cli/**', 'main/web/start.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.mjs', '**/*.cjs', '**/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'Buffer',
          'URL',
          'setTimeout',
          'clearTimeout',
          'setInterval',
          'clearInterval',
          'performance',
        ]
          .concat(['module', 'AbortController', 'TextDecoder', 'TextEncoder', 'fetch', 'structuredClone'])
          .map((name) => [name, 'readonly']),
      ),
    },
  },
);
