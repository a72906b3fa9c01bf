import * as z from 'zod/mini';
import type { Files } from '../../../../core/io/files.ts';
import type { WriteFiles } from '../../../../core/io/sink.ts';

const place = z.int().check(z.nonnegative());
// a name and no path: what a manifest says must not lead out of its folder
const fileName = z.string().check(z.regex(/^[^/\\]+$/));
const digest = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const stretch = { offset: place, length: place, file: fileName, sha256: digest };

/** What a folder with a backup of headers says of itself, as `manifest.json`. */
const manifest = z.object({
  schema: z.literal('platter.headers/1'),
  /** Time in ISO 8601, UTC. */
  time: z.iso.datetime(),
  disk: z.object({
    path: z.string(),
    size: place,
    sectorSize: place,
    table: z.enum(['mbr', 'gpt', 'none']),
    /** Signature of an MBR, id of a GPT. */
    id: z.nullable(z.string()),
    /** Ids of the logical volumes, sorted. */
    volumes: z.array(z.string()),
    /** Ids of the file systems in them, sorted: what is left where an LVM header is gone. Absent from the first manifests. */
    fileSystems: z.optional(z.array(z.string())),
  }),
  regions: z.array(z.object({ ...stretch, holds: z.array(z.string()) })),
  /** The same bytes under the names that administrators know from dd: first sector, and first 4096 sectors. */
  article: z.array(z.object(stretch)),
  /** Of all else in here, as {@link canonical} writes it. Absent from the first manifests. */
  sha256: z.optional(digest),
});

export type HeaderManifest = z.infer<typeof manifest>;

export const MANIFEST = 'manifest.json';

const MAX_MANIFEST = 4 * 1024 ** 2;

/** Null where there is none, or it is none of ours. Its own hash is not looked at: see {@link readWholeManifest}. */
export async function readManifest(path: string, files: Files): Promise<HeaderManifest | null> {
  return manifest.safeParse(await readJson(path, files)).data ?? null;
}

/** As {@link readManifest}; `altered` where it has a hash of itself that differs. */
export async function readWholeManifest(
  path: string,
  files: WriteFiles,
): Promise<{ manifest: HeaderManifest; altered: boolean } | null> {
  const json = await readJson(path, files);
  const { data } = manifest.safeParse(json);
  if (!data) return null;
  return { manifest: data, altered: data.sha256 !== undefined && data.sha256 !== hashOf(json, files) };
}

/** The manifest with the hash of itself. */
export function sealed(open: HeaderManifest, files: WriteFiles): HeaderManifest {
  return { ...open, sha256: hashOf(open, files) };
}

function hashOf(json: unknown, files: WriteFiles): string {
  const { sha256: _, ...rest } = json as { sha256?: unknown };
  return files.sha256(new TextEncoder().encode(canonical(rest)));
}

/** JSON without blanks, members in the order of their names: the same for every program that wrote it. */
function canonical(json: unknown): string {
  return JSON.stringify(json, (_, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

/** Null where there is no such file, it is too long, or no JSON. */
async function readJson(path: string, files: Files): Promise<unknown> {
  const info = await files.info(path);
  if (info?.kind !== 'file' || info.size > MAX_MANIFEST) return null;
  const file = await files.open(path);
  try {
    return JSON.parse(new TextDecoder().decode(await file.read(0, file.size)));
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return null;
    throw thrown;
  } finally {
    await file.close();
  }
}
