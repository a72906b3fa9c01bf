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
  serve: {
    summary: 'serve the screens to a browser of this machine',
    load: async () => (await import('./serve.ts')).serveCommand,
  },
};
