// Who may import whom: core ← app ← main; renderer → app/contract, app/describe, app/rpc, the neutral part of core.
const test = String.raw`\.test\.tsx?$|(^|/)testing/`;
const neutralCore = '^core/(?!io/node/)';

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A cycle of values. Types may refer to each other.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'not-found',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: String.raw`\?(raw|url|inline|worker)$|^virtual:` },
    },
    {
      name: 'core-alone',
      comment: 'core imports nothing outside core, packages included.',
      severity: 'error',
      from: { path: '^core/', pathNot: test },
      to: { pathNot: '^core/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'core-neutral',
      comment: 'core runs anywhere: Node built-ins only in core/io/node.',
      severity: 'error',
      from: { path: neutralCore, pathNot: test },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'core-neutral-io',
      comment: 'neutral core code is handed a ByteSource; it does not reach for the file system.',
      severity: 'error',
      from: { path: neutralCore, pathNot: test },
      to: { path: '^core/io/node/' },
    },
    {
      name: 'app-imports',
      severity: 'error',
      from: { path: '^app/', pathNot: test },
      to: { path: '^(main|renderer|e2e|scripts)/' },
    },
    {
      name: 'contract-imports',
      comment: 'app/contract is schemas: itself, the neutral part of core, zod.',
      severity: 'error',
      from: { path: '^app/contract/', pathNot: test },
      to: { pathNot: ['^app/contract/', neutralCore, '(^|/)node_modules/zod/'] },
    },
    {
      name: 'rpc-imports',
      comment: 'app/rpc carries the contract and knows no service.',
      severity: 'error',
      from: { path: '^app/rpc/', pathNot: test },
      to: { pathNot: ['^app/rpc/', '^app/contract/', neutralCore, '(^|/)node_modules/zod/'] },
    },
    {
      name: 'describe-imports',
      comment:
        'app/describe says of an image what the contract has room for, wherever it is read: in a host or in the page.',
      severity: 'error',
      from: { path: '^app/describe/', pathNot: test },
      to: { pathNot: ['^app/describe/', '^app/contract/', neutralCore] },
    },
    {
      name: 'renderer-imports',
      severity: 'error',
      from: { path: '^renderer/', pathNot: test },
      to: {
        path: '^(core|app|main|e2e|scripts)/',
        pathNot: [neutralCore, '^app/(contract|describe|rpc)/'],
      },
    },
    {
      name: 'renderer-is-a-page',
      comment: 'no Node built-ins in the page.',
      severity: 'error',
      from: { path: '^renderer/', pathNot: test },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'electron-only-in-its-host',
      comment: 'importing electron outside Electron starts a download.',
      severity: 'error',
      from: { pathNot: '^main/electron/' },
      to: { path: '(^|/)node_modules/electron/' },
    },
    {
      name: 'main-imports',
      severity: 'error',
      from: { path: '^main/', pathNot: test },
      to: { path: '^(renderer|e2e|scripts)/' },
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { pathNot: `^e2e/|${test}` },
      to: { path: String.raw`^e2e/|\.test\.tsx?$`, pathNot: '^e2e/browser\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(testdata|dist)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.node.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
