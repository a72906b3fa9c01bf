import { failure } from '../errors.ts';
import { readAhead } from '../io/chunks.ts';
import type { ByteSource, Signal } from '../io/source.ts';

/** Extents of the targets that will change, within their present length. */
export interface TouchedExtent {
  file: string;
  at: number;
  length: number;
}

/** A part of an extent; `last` says that the extent ends with it. */
interface ExtentPart {
  extent: TouchedExtent;
  bytes: Uint8Array;
  last: boolean;
}

const CHUNK = 4 * 1024 * 1024;
/** Bytes between two extents that are read and dropped rather than read around. */
const GAP = 64 * 1024;

interface Fetch {
  file: string;
  at: number;
  end: number;
  parts: { extent: TouchedExtent; at: number; length: number; last: boolean }[];
}

/** Bytes of extents in their order, read in few and large pieces. @throws failure `short-read` where a file ends. */
export async function* extentBytes(
  extents: readonly TouchedExtent[],
  sources: ReadonlyMap<string, ByteSource>,
  signal?: Signal,
): AsyncGenerator<ExtentPart> {
  const fetched = readAhead(fetches(extents), async (fetch) => {
    const bytes = (await sources.get(fetch.file)?.read(fetch.at, fetch.end - fetch.at, signal)) ?? new Uint8Array();
    if (bytes.length < fetch.end - fetch.at) {
      throw failure('short-read', `${fetch.file} ended while its bytes were saved.`, {
        path: fetch.file,
        offset: fetch.at + bytes.length,
      });
    }
    return { fetch, bytes };
  });
  for await (const { fetch, bytes } of fetched) {
    for (const { extent, at, length, last } of fetch.parts)
      yield { extent, bytes: bytes.subarray(at - fetch.at, at - fetch.at + length), last };
  }
}

function* fetches(extents: readonly TouchedExtent[]): Generator<Fetch> {
  let open: Fetch | null = null;
  for (const extent of extents) {
    for (let done = 0; done < extent.length; ) {
      const at = extent.at + done;
      const length = Math.min(CHUNK, extent.length - done);
      done += length;
      const part = { extent, at, length, last: done === extent.length };
      const joins: boolean =
        open !== null &&
        open.file === extent.file &&
        at >= open.end &&
        at - open.end <= GAP &&
        at + length - open.at <= CHUNK;
      if (open && joins) {
        open.end = at + length;
        open.parts.push(part);
      } else {
        if (open) yield open;
        open = { file: extent.file, at, end: at + length, parts: [part] };
      }
    }
  }
  if (open) yield open;
}
