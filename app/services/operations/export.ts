import type { ApplyEnvironment } from '../../../core/apply/environment.ts';
import { folderLookup } from '../../../core/chain/lookup.ts';
import { type OpenChain, openChain } from '../../../core/chain/open.ts';
import { type Exported, exportGuest, proveExport, refuseFormat } from '../../../core/export/export.ts';
import type { ExportFormat } from '../../../core/export/formats.ts';
import type { Extent } from '../../../core/findings/finding.ts';
import { bitmapLength } from '../../../core/formats/vhd/bitmap.ts';
import { DEFAULT_BLOCK_SIZE, FOOTER_LENGTH } from '../../../core/formats/vhd/constants.ts';
import type { Signal } from '../../../core/io/source.ts';
import { newId } from './environment.ts';
import { makeFile } from './make-file.ts';
import { bytesHeld, refuseNoRoom } from './room.ts';

const PAGE = 4096;

export interface ExportRequest {
  output: string;
  format: ExportFormat;
  flavour: 'xenserver' | 'hyperv';
  azure: boolean;
  /** The chain was opened with holes for what is missing, and they are to be written as zeros. */
  holes: boolean;
  /** Hash the guest while it is written, and prove the image by reading it back. */
  hash: boolean;
  /** One partition of the disk, in bytes, as a raw image. */
  range?: Extent;
  progress?: (phase: string, done: number, total: number) => void;
  signal?: Signal;
}

/** Exports an opened chain to a new file, and proves it by reading it back. */
export async function exportChain(
  chain: OpenChain,
  env: ApplyEnvironment,
  request: ExportRequest,
): Promise<Exported & { operation: string }> {
  const { files } = env;
  const leaf = chain.members[0];
  const format = request.azure ? 'vhd-fixed' : request.format;
  const size = request.range?.length ?? chain.disk.size;
  refuseFormat(size, format);
  const range = request.range ?? { offset: 0, length: size };
  const held = await bytesHeld(chain.disk, chain.members, range, request.signal);
  await refuseNoRoom(files.resolve(request.output), held + structuresOf(size, format), files);
  const note = request.range ? `${format}, ${size} bytes from ${request.range.offset}` : format;
  const entry = { kind: 'export' as const, target: leaf?.path ?? '', note };
  const { operation, made } = await makeFile(
    files.resolve(request.output),
    env,
    entry,
    request.hash,
    async (partial) => {
      const exported = await exportGuest(chain, partial, files, { ...request, format, newId: newId() });
      if (exported.guestSha256 === null) return { ...exported, sha256: null };
      const back = await openBack(partial, format, env);
      try {
        await proveExport(back, exported.guestSha256, partial, files, { ...request, virtualSize: size });
      } finally {
        await back.close();
      }
      return { ...exported, sha256: format === 'raw' ? exported.guestSha256 : null };
    },
  );
  const { virtualSize, fileSize, guestSha256, holes } = made;
  return { virtualSize, fileSize, guestSha256, holes, operation };
}

/** Bytes of an image beside its data: a footer, and of a dynamic one what describes its blocks, were all of them there. */
function structuresOf(size: number, format: ExportFormat): number {
  if (format === 'raw') return 0;
  if (format === 'vhd-fixed') return FOOTER_LENGTH;
  const blocks = Math.ceil(size / DEFAULT_BLOCK_SIZE);
  return 4 * PAGE + blocks * (4 + bitmapLength(DEFAULT_BLOCK_SIZE));
}

/** Opens what was written, as any reader would; a raw image only by its being one. */
function openBack(path: string, format: ExportFormat, env: ApplyEnvironment): Promise<OpenChain> {
  const lookup = folderLookup(env.files, []);
  return openChain(path, lookup, format === 'raw' ? { asRaw: true } : {});
}
