import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { builtFolder } from '../web/dist.ts';

const built = builtFolder();

export const preload = path.join(built, 'electron', 'preload.cjs');
export const pageFolder = path.join(built, 'renderer');
/** Threads start from a real file: packages keep this one beside their archive. */
export const worker = pathToFileURL(
  path.join(built, 'worker.js').replace(/app\.asar(?=[\\/])/, () => 'app.asar.unpacked'),
);
