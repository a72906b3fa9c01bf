import type { Command } from '../command.ts';

/** A command by its name: what the list of commands shows, and its file, which is read only when it is used. */
export interface CatalogueEntry {
  summary: string;
  load(): Promise<Command>;
}

/** Every command, in the order of the list. */
export const CATALOGUE: Readonly<Record<string, CatalogueEntry>> = {
  inspect: {
    summary: 'say what an image is: every structure decoded, and findings',
    load: async () => (await import('./inspect.ts')).inspectCommand,
  },
  scan: {
    summary: 'show the chain trees of files and folders',
    load: async () => (await import('./scan.ts')).scanCommand,
  },
  check: {
    summary: 'find everything that is wrong with images and their chains',
    load: async () => (await import('./check.ts')).checkCommand,
  },
  hash: {
    summary: "hash a file, or the guest's view through its chain",
    load: async () => (await import('./hash.ts')).hashCommand,
  },
  hex: {
    summary: 'show bytes, with the field each belongs to',
    load: async () => (await import('./hex.ts')).hexCommand,
  },
  map: {
    summary: 'say which file of the chain holds which sectors of the guest',
    load: async () => (await import('./map.ts')).mapCommand,
  },
  partitions: {
    summary: 'list the partitions of a disk, and what stands on them',
    load: async () => (await import('./partitions.ts')).partitionsCommand,
  },
  vmfs: {
    summary: 'decode VMFS volumes, and say whether ESX would take them for snapshots',
    load: async () => (await import('./vmfs.ts')).vmfsCommand,
  },
  vml: {
    summary: 'explain vml paths, device names, volume ids, and lines that list them',
    load: async () => (await import('./vml.ts')).vmlCommand,
  },
  repair: {
    summary: 'repair a damaged image, with a plan first',
    load: async () => (await import('./repair.ts')).repairCommand,
  },
  'rebuild-table': {
    summary: 'find lost partitions, and write a table back',
    load: async () => (await import('./rebuild-table.ts')).rebuildTableCommand,
  },
  'backup-headers': {
    summary: 'save the table and VMFS headers of disks',
    load: async () => (await import('./backup-headers.ts')).backupHeadersCommand,
  },
  'restore-headers': {
    summary: 'put a backup of headers back',
    load: async () => (await import('./restore-headers.ts')).restoreHeadersCommand,
  },
  relink: {
    summary: 'point a child at its parent again',
    load: async () => (await import('./relink.ts')).relinkCommand,
  },
  coalesce: {
    summary: 'fold a child into its parent',
    load: async () => (await import('./coalesce.ts')).coalesceCommand,
  },
  export: {
    summary: "write the guest's view of a chain as one new image",
    load: async () => (await import('./export.ts')).exportCommand,
  },
  apply: {
    summary: 'run a plan that was saved with --plan --json',
    load: async () => (await import('./apply.ts')).applyCommand,
  },
  undo: {
    summary: 'take back an operation',
    load: async () => (await import('./undo.ts')).undoCommand,
  },
  resume: {
    summary: 'finish an operation that was interrupted',
    load: async () => (await import('./undo.ts')).resumeCommand,
  },
  rollback: {
    summary: 'take back an operation that was interrupted',
    load: async () => (await import('./undo.ts')).rollbackCommand,
  },
  log: {
    summary: 'list what was done',
    load: async () => (await import('./log.ts')).logCommand,
  },
  serve: {
    summary: 'serve the screens to a browser of this machine',
    load: async () => (await import('./serve.ts')).serveCommand,
  },
};
