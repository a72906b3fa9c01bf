import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | null = null;
/** Bytes of tables read since memory was given back. */
let read = 0;
const MANY = 8 * 1024 * 1024;

/**
 * Counts the block allocation table of an image that is not needed any more, and gives the memory of many back. The engine
 * looks late at memory outside its heap: of thousands of tables of 4 MiB, each thread would keep a hundred megabytes.
 */
export function countTable(bytes: number): void {
  read += bytes;
  if (read < MANY) return;
  read = 0;
  if (!collect) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}
