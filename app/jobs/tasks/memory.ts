import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = () => void;
let collect: Collect | null = null;

/**
 * Gives the memory of large tables back now. The engine counts array buffers late: thousands of tables of 4 MiB each would
 * pile up to hundreds of megabytes in each thread before it looks.
 */
export function giveBackTables(): void {
  if (!collect) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as Collect;
  }
  collect();
}
