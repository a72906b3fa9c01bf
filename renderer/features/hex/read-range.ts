import { type Client, MAX_READ, type Target } from '../../../app/contract/contract.ts';
import { refusal } from '../../../core/errors.ts';
import { formatCount, formatOffset } from '../../ui/format.ts';

/** Bytes that are taken into the page at once at most: for a file to save. */
export const MAX_RANGE = 256 * 1024 * 1024;

/**
 * All bytes of a range, in parts of at most 4 MiB.
 * @throws PlatterError refusal `too-large`; `parent-missing` or `data-damaged` where bytes are not to be had, which are never made up.
 */
export async function readRange(
  client: Client,
  target: Target,
  at: number,
  length: number,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>[]> {
  if (length > MAX_RANGE)
    throw refusal('too-large', `${formatCount(length)} bytes are more than the page takes at once.`, {
      hint: 'platter export and platter hex write any range to a file.',
    });
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let done = 0; done < length; ) {
    const answer = await client.call(
      'bytes.read',
      { target, at: at + done, length: Math.min(MAX_READ, length - done) },
      signal,
    );
    for (const run of answer.runs)
      if (run.state === 'hole' || run.state === 'lost')
        throw refusal(
          run.state === 'hole' ? 'parent-missing' : 'data-damaged',
          `${formatCount(run.length)} bytes at ${formatOffset(run.at)} are not to be had: ${run.state === 'hole' ? 'they are in a parent that is missing' : 'they are not in the file'}. They are not made up.`,
          { offset: run.at },
        );
    if (answer.bytes.length === 0) throw refusal('out-of-range', `There are no bytes at ${formatOffset(at + done)}.`);
    parts.push(new Uint8Array(answer.bytes));
    done += answer.bytes.length;
  }
  return parts;
}

/** Parts as one. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Gives bytes to the browser as a file to save. */
export function saveFile(name: string, parts: readonly Uint8Array<ArrayBuffer>[]): void {
  const address = URL.createObjectURL(new Blob([...parts], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // the browser has taken hold of it by then
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
