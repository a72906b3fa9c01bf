import type { WriteFiles } from '../../../../core/io/sink.ts';
import type { ByteSource } from '../../../../core/io/source.ts';
import type { Copy } from '../../../../core/plans/plan.ts';

/** A disk as it will be when these copies are made: their bytes stay in their files until they are asked for. */
export function withCopies(disk: ByteSource, copies: readonly Copy[], files: WriteFiles): ByteSource {
  return {
    size: disk.size,
    async read(at, length, signal) {
      const bytes = (await disk.read(at, length, signal)).slice();
      for (const { from, to, bytes: count } of copies) {
        const begin = Math.max(at, to.offset);
        const end = Math.min(at + bytes.length, to.offset + count);
        if (end <= begin) continue;
        const file = await files.open(from.file);
        try {
          bytes.set(await file.read(from.offset + begin - to.offset, end - begin, signal), begin - at);
        } finally {
          await file.close();
        }
      }
      return bytes;
    },
  };
}
