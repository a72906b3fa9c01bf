import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { failure, type PlatterError, refusal } from '../../errors.ts';
import type { SparseImage } from '../sparse.ts';

/**
 * Writes an image to a new file, holes as holes. What exists is never opened; a file that could not be finished is removed.
 * @param mtime milliseconds since 1970 UTC, set once all is written.
 * @throws PlatterError refusal `output-exists`; failure `no-space`, `write-failed`.
 */
export async function writeSparse(file: string, image: SparseImage, { mtime }: { mtime?: number } = {}): Promise<void> {
  const handle = await create(file);
  try {
    await handle.truncate(image.size);
    for (const { at, parts } of runs(image)) await writeRun(handle, at, parts);
    if (mtime !== undefined) await handle.utimes(mtime / 1000, mtime / 1000);
    await handle.close();
  } catch (thrown) {
    await handle.close().catch(() => {});
    await unlink(file).catch(() => {});
    throw writeFailure(thrown, file);
  }
}

/** Extents that touch each other, so that they are written in one call; a call takes 1,024 buffers at most. */
function* runs({ extents }: SparseImage): Generator<{ at: number; parts: Uint8Array[] }> {
  let run: { at: number; end: number; parts: Uint8Array[] } | undefined;
  for (const { at, bytes } of extents) {
    if (run && run.end === at && run.parts.length < 1024) {
      run.parts.push(bytes);
      run.end += bytes.length;
      continue;
    }
    if (run) yield run;
    run = { at, end: at + bytes.length, parts: [bytes] };
  }
  if (run) yield run;
}

async function writeRun(handle: FileHandle, at: number, parts: Uint8Array[]): Promise<void> {
  const total = parts.reduce((sum, { length }) => sum + length, 0);
  let { bytesWritten: done } = await handle.writev(parts, at);
  if (done === total) return;
  // the system took less than all: the rest goes as one piece
  const rest = Buffer.concat(parts);
  while (done < total) done += (await handle.write(rest, done, total - done, at + done)).bytesWritten;
}

async function create(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'wx');
  } catch (thrown) {
    throw writeFailure(thrown, file);
  }
}

/** Makes a folder whose parent exists, or with `recursive` all of them; false when it was there already. */
export async function makeFolder(folder: string, { recursive = false } = {}): Promise<boolean> {
  try {
    const made = await mkdir(folder, { recursive });
    return !recursive || made !== undefined;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw writeFailure(thrown, folder);
  }
}

function writeFailure(thrown: unknown, file: string): PlatterError {
  const { code, message } = thrown as NodeJS.ErrnoException;
  const os = code ?? 'unknown';
  if (os === 'EEXIST')
    return refusal('output-exists', `${file} is there already and is not overwritten.`, { path: file, os });
  const full = os === 'ENOSPC' || os === 'EDQUOT';
  return failure(
    full ? 'no-space' : 'write-failed',
    `${file} cannot be written: ${full ? 'the disk is full' : message} (${os}).`,
    { path: file, os },
    thrown,
  );
}
