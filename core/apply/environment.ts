import type { WriteFiles } from '../io/sink.ts';

/** What applying needs of the world. */
export interface ApplyEnvironment {
  files: WriteFiles;
  /** Platter's own state folder: the log, the index of journals, the locks. */
  state: string;
}
