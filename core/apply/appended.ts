import { refusal } from '../errors.ts';
import { CHUNK, readAhead } from '../io/chunks.ts';
import type { OpenFile } from '../io/files.ts';
import type { ApplyEnvironment } from './environment.ts';
import type { JournalHead } from './journal.ts';
import { touchedExtents } from './steps.ts';

/**
 * Refuses where bytes were written since to what a file gained and the operation itself left alone: there it left zeros, so
 * nothing has to be kept of it, and undo would cut it off.
 * @param folder the journal's, for who wants to look
 * @throws refusal `undo-not-possible` with the first such place
 */
export async function refuseWrittenSince(head: JournalHead, folder: string, env: ApplyEnvironment): Promise<void> {
  for (const { file, size } of head.before) {
    const opened = await env.files.open(file);
    try {
      const offset = await firstByte(opened, untouched(head, file, size, opened.size));
      if (offset === null) continue;
      throw refusal(
        'undo-not-possible',
        `${file} is not what the operation left: the bytes at ${offset} were written since, and undo would cut them off.`,
        { path: file, offset, hint: `The bytes from before are in ${folder}.` },
      );
    } finally {
      await opened.close();
    }
  }
}

/** Where a file grew and no step and no copy wrote, in pieces. */
function* untouched(
  { plan }: JournalHead,
  file: string,
  from: number,
  end: number,
): Generator<{ at: number; length: number }> {
  let at = from;
  for (const extent of [...touchedExtents(plan, new Map([[file, end]])), { at: end, length: 0 }]) {
    for (; at < extent.at; at += CHUNK) yield { at, length: Math.min(CHUNK, extent.at - at) };
    at = Math.max(from, extent.at + extent.length);
  }
}

/** Offset of the first byte that is not zero. */
async function firstByte(file: OpenFile, pieces: Iterable<{ at: number; length: number }>): Promise<number | null> {
  const read = readAhead(pieces, async ({ at, length }) => ({ at, bytes: await file.read(at, length) }));
  for await (const { at, bytes } of read) {
    for (let index = 0; index < bytes.length; index += 1) if (bytes[index] !== 0) return at + index;
  }
  return null;
}
