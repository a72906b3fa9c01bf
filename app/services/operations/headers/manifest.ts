import * as z from 'zod/mini';

const place = z.int().check(z.nonnegative());
// a name and no path: what a manifest says must not lead out of its folder
const fileName = z.string().check(z.regex(/^[^/\\]+$/));
const stretch = { offset: place, length: place, file: fileName, sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)) };

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
});

export type HeaderManifest = z.infer<typeof manifest>;

export const MANIFEST = 'manifest.json';

/** Null where it is no manifest of ours. */
export function parseManifest(text: string): HeaderManifest | null {
  try {
    return manifest.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
