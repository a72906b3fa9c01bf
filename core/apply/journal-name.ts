import { isRemoved } from './trash.ts';

// Apart from what reads and writes journals: whoever lists a folder has to know them.
export const HEAD = 'plan.json';
export const UNDO = 'undo.bin';
export const STATE = 'state';

/** Mark between an image's name and its journal's operation id. */
export const JOURNAL_MARK = '.platter-';

const JOURNAL_NAME = /\.platter-\d{8}T\d{6}-[0-9a-f]+$/;
const JOURNAL_FILES: readonly string[] = [HEAD, UNDO, STATE, 'after.json'];

/**
 * Whether a folder of this name and content is a journal: what it keeps looks like parts of images, and is none. A folder that
 * holds anything else is not taken for one, whatever it is called.
 */
export function isJournal(name: string, content: readonly string[]): boolean {
  return JOURNAL_NAME.test(name) && content.every((file) => JOURNAL_FILES.includes(file) || isRemoved(file));
}
