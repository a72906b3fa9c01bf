import { layerOf } from '../../chain/layer.ts';
import { foldersOf, listImages } from '../../chain/list.ts';
import { findParent, namedPlaces, type ParentLookup } from '../../chain/parents.ts';
import type { ImageSummary } from '../../chain/summary.ts';
import { asPlatterError } from '../../errors.ts';
import type { Extent } from '../../findings/finding.ts';
import { readImage } from '../../image.ts';
import type { Files } from '../../io/files.ts';
import type { Signal } from '../../io/source.ts';
import { NIL_UUID } from '../../structure/codecs.ts';
import type { Surroundings } from './strategy.ts';

/** Looks around an image for what can witness for it: its parent, and its children in `folders`. */
export async function lookAround(
  self: ImageSummary,
  lookup: ParentLookup,
  folders: readonly string[],
  fresh: { now: number; newId: string },
  signal?: Signal,
): Promise<Surroundings> {
  const children = await findChildren(self, lookup, folders, signal);
  return {
    ...fresh,
    children,
    parent: await parentOf(self, lookup),
    childHolds: (ranges) => childThatHolds(children, ranges, lookup.files, signal),
  };
}

async function parentOf(self: ImageSummary, lookup: ParentLookup): Promise<Surroundings['parent']> {
  if (!self.vhd?.parent) return null;
  const { verdict, path } = await findParent(self, lookup);
  if (path === null || verdict === 'missing' || verdict === 'cycle') return null;
  const summary = await lookup.summaryOf(path);
  return summary
    ? { summary, verdict, absolutePath: path, relativePath: relativePath(lookup.files.folderOf(self.path), path) }
    : null;
}

/**
 * Images that name this one: by its id, or, where it has none, by a name that leads to it. They are looked for in `folders` and
 * where this one really is, also through links; each is answered once, under its own name.
 */
export async function findChildren(
  self: ImageSummary,
  lookup: ParentLookup,
  folders: readonly string[],
  signal?: Signal,
): Promise<ImageSummary[]> {
  const { files } = lookup;
  const around = [...new Set([...folders, ...(await foldersOf(files, [self.path]))])];
  const { paths } = await listImages(files, around, { recursive: false, others: false, links: true }, signal);
  const reals = new Map<string, Promise<string | null>>();
  const realOf = (path: string): Promise<string | null> => {
    let real = reals.get(path);
    if (!real) reals.set(path, (real = reachable(files.real(path))));
    return real;
  };
  const out = new Map<string, ImageSummary>();
  for (const path of paths) {
    const other = await lookup.summaryOf(path);
    const reference = other?.vhd?.parent;
    if (!other || !reference || other.identity === self.identity || out.has(other.identity)) continue;
    const id = self.vhd?.id;
    const byId = typeof id === 'string' && reference.id === id;
    // where no id tells, every name that leads here does
    const follow = typeof id !== 'string' || reference.id === NIL_UUID;
    const at = follow ? await realOf(path) : null;
    if (!byId && !(await names(self, [other, { ...other, path: at ?? path }], files, follow))) continue;
    const [real, folder] = [await realOf(path), await realOf(files.folderOf(path))];
    const linked = real !== null && folder !== null && real !== files.resolve(folder, files.nameOf(path));
    out.set(other.identity, (linked ? await lookup.summaryOf(real) : null) ?? other);
  }
  return [...out.values()];
}

/** Whether an image, by one of its names, leads to `self`. */
async function names(
  self: ImageSummary,
  others: readonly ImageSummary[],
  files: Files,
  follow: boolean,
): Promise<boolean> {
  const places = new Set(others.flatMap((other) => namedPlaces(other, files).map(({ path }) => path)));
  if (places.has(self.path)) return true;
  if (!follow) return false;
  for (const place of places) if ((await reachable(files.info(place)))?.identity === self.identity) return true;
  return false;
}

/** What a place that cannot be looked at leads to: nothing that this host may touch. */
async function reachable<T>(answer: Promise<T | null>): Promise<T | null> {
  try {
    return await answer;
  } catch (thrown) {
    if (asPlatterError(thrown).kind === 'bug') throw thrown;
    return null;
  }
}

/** First child that itself holds every sector of the ranges. */
async function childThatHolds(
  children: readonly ImageSummary[],
  ranges: readonly Extent[],
  files: Files,
  signal?: Signal,
): Promise<string | null> {
  if (ranges.length === 0) return null;
  for (const child of children) {
    try {
      if (await holdsAll(child.path, ranges, files, signal)) return child.name;
    } catch (thrown) {
      // a child that cannot be read proves nothing
      if (asPlatterError(thrown).kind === 'bug') throw thrown;
    }
  }
  return null;
}

async function holdsAll(path: string, ranges: readonly Extent[], files: Files, signal?: Signal): Promise<boolean> {
  const file = await files.open(path);
  try {
    const layer = layerOf(await readImage(path, file, signal));
    for (const { offset, length } of ranges) {
      if (offset + length > layer.size) return false;
      const runs = await layer.runs(offset, length, signal);
      if (runs.some(({ state }) => state !== 'own')) return false;
    }
    return true;
  } finally {
    await file.close();
  }
}

/** `to` as seen from `folder`, with forward slashes; both absolute and on one volume, else `to` itself. */
export function relativePath(folder: string, to: string): string {
  const from = split(folder);
  const target = split(to);
  let shared = 0;
  while (shared < from.length && shared < target.length - 1 && from[shared] === target[shared]) shared += 1;
  // two volumes of Windows have no root in common
  if (shared === 0 && [from[0], target[0]].some((part) => /^[A-Za-z]:$/.test(part ?? ''))) return to;
  return [...from.slice(shared).map(() => '..'), ...target.slice(shared)].join('/');
}

function split(path: string): string[] {
  return path.split(/[\\/]/).filter((part) => part !== '');
}
