import { PlatterError } from '../errors.ts';
import { lastComponent, locatorPaths } from '../formats/vhd/locators.ts';
import type { Files } from '../io/files.ts';
import { NIL_UUID } from '../structure/codecs.ts';
import type { ImageSummary } from './summary.ts';

export type ParentVerdict = 'ok' | 'missing' | 'moved' | 'id-mismatch' | 'cycle';

/** One place where a parent was looked for, and what was found there. */
export interface ParentCandidate {
  /** Absolute path that was tried. */
  path: string;
  /** How it came up: "locator 1 (W2ru)", "name in the header", "beside the child", "unique id". */
  via: string;
  verdict: ParentVerdict;
  /** One short sentence. */
  why: string;
  /** A file is there, and the system does not let it be read. */
  unread?: boolean;
}

/** Where a child's parent is. */
export interface ParentLink {
  verdict: ParentVerdict;
  /** The file taken for the parent, also when its id is wrong; null when there is none. */
  path: string | null;
  /** Named without an id and without a footer: the file is read as it is. */
  raw: boolean;
  candidates: ParentCandidate[];
}

/** Where parents are looked for. */
export interface ParentLookup {
  files: Files;
  /** Summary of a file; null when there is none or it cannot be read as an image. */
  summaryOf(path: string): Promise<ImageSummary | null>;
  /** Images with that id in the opened folders. */
  withId(id: string): Promise<ImageSummary[]>;
}

/**
 * Finds a child's parent: by its locators, by the header's name, by their last component beside the child, and last by
 * unique id over the opened folders. Every place tried is kept with its verdict.
 */
export async function findParent(child: ImageSummary, lookup: ParentLookup): Promise<ParentLink> {
  const reference = child.vhd?.parent;
  if (!reference) return { verdict: 'missing', path: null, raw: false, candidates: [] };
  const candidates: ParentCandidate[] = [];
  const seen = new Map<string, ParentCandidate>();
  const nil = reference.id === NIL_UUID;

  const tryPlaces = async (places: readonly { path: string; via: string }[]): Promise<void> => {
    for (const { path, via } of places) {
      const known = await lookup.summaryOf(path).catch((thrown: unknown) => outside(thrown));
      if (known === 'outside') {
        if (seen.has(path)) continue;
        const why = 'It is not in a folder that Platter was started with, and was not looked at.';
        const candidate: ParentCandidate = { path, via, verdict: 'missing', why };
        seen.set(path, candidate);
        candidates.push(candidate);
        continue;
      }
      const key = known?.identity ?? path;
      if (seen.has(key)) continue;
      const unread = known === null && (await isThere(lookup.files, path));
      const candidate = { path: known?.path ?? path, via, ...judge(child, known), ...(unread && UNREAD) };
      seen.set(key, candidate);
      candidates.push(candidate);
    }
  };
  const best = (): ParentCandidate | undefined =>
    candidates.find(({ verdict }) => verdict === 'ok') ?? candidates.find(({ verdict }) => verdict === 'cycle');

  await tryPlaces(namedPlaces(child, lookup.files));
  if (!best()) {
    // the child was reached through a link: its words are meant from where it really is
    const real = await lookup.files.real(child.path);
    if (real !== null && real !== child.path) await tryPlaces(namedPlaces({ ...child, path: real }, lookup.files));
  }
  const named = best();
  if (named) return { verdict: named.verdict, path: named.path, raw: nil, candidates };

  const byId = nil ? [] : (await lookup.withId(reference.id)).filter(({ identity }) => identity !== child.identity);
  for (const found of byId.sort((a, b) => (a.path < b.path ? -1 : 1))) {
    if (seen.has(found.identity)) continue;
    const why = 'It has the right id, under a name or in a folder the child does not know.';
    const candidate: ParentCandidate = { path: found.path, via: 'unique id', verdict: 'moved', why };
    seen.set(found.identity, candidate);
    candidates.push(candidate);
  }
  const moved = candidates.find(({ verdict }) => verdict === 'moved');
  const mismatch = candidates.find(({ verdict }) => verdict === 'id-mismatch');
  const left = moved ?? mismatch;
  return { verdict: left?.verdict ?? 'missing', path: left?.path ?? null, raw: false, candidates };
}

const UNREAD = { why: 'It is there, but it cannot be read.', unread: true };

async function isThere(files: Files, path: string): Promise<boolean> {
  const info = await files.info(path).catch(() => null);
  return info?.kind === 'file' || info?.kind === 'block-device';
}

/** A host that shows some folders only refuses all others; what else went wrong is thrown. */
function outside(thrown: unknown): 'outside' {
  if (thrown instanceof PlatterError && thrown.code === 'outside-served-folders') return 'outside';
  throw thrown;
}

function judge(child: ImageSummary, found: ImageSummary | null): { verdict: ParentVerdict; why: string } {
  const id = child.vhd?.parent?.id ?? NIL_UUID;
  if (!found) return { verdict: 'missing', why: 'There is no such file.' };
  if (found.identity === child.identity) {
    // a child under its parent's old name is no circle: its parent is elsewhere
    const wanted = id === NIL_UUID || id === child.vhd?.id;
    return { verdict: wanted ? 'cycle' : 'id-mismatch', why: 'It is the child itself.' };
  }
  if (id === NIL_UUID) {
    return found.vhd
      ? { verdict: 'id-mismatch', why: 'The child names a raw parent (nil id), but this file is a VHD.' }
      : { verdict: 'ok', why: 'A raw parent, as the nil id says.' };
  }
  if (!found.vhd)
    return { verdict: 'id-mismatch', why: `The file is ${found.foreign ?? 'no VHD'}, so its id is not known.` };
  if (found.vhd.id === null) return { verdict: 'id-mismatch', why: 'Its footers are damaged, so its id is not known.' };
  if (found.vhd.id === id) return { verdict: 'ok', why: 'It has the right id.' };
  return { verdict: 'id-mismatch', why: `Its id is ${found.vhd.id}; the child expects ${id}.` };
}

/** Places the child's own words lead to, best first. */
export function namedPlaces(child: ImageSummary, files: Files): { path: string; via: string }[] {
  const reference = child.vhd?.parent;
  if (!reference) return [];
  const folder = files.folderOf(child.path);
  const out: { path: string; via: string }[] = [];
  const beside: { path: string; via: string }[] = [];
  const add = (text: string, code: string, via: string): void => {
    for (const { path, absolute, foreign } of locatorPaths(code, text)) {
      // no file system has names with a zero in them: this is no path but other bytes
      if (path === '' || path.includes('\0')) continue;
      if (!foreign) out.push({ path: absolute ? files.resolve(path) : files.resolve(folder, path), via });
      const last = lastComponent(path);
      if (last !== '') beside.push({ path: files.resolve(folder, last), via: `${via}, beside the child` });
    }
  };
  for (const { number, code, text } of reference.locators)
    if (text !== null) add(text, code, `locator ${number} (${code})`);
  // the header's name may be a Windows path, a POSIX path or a bare name
  const name = reference.name;
  if (name !== '') add(name, name.includes('\\') || /^[A-Za-z]:/.test(name) ? 'W2ku' : 'name', 'name in the header');
  return [...out, ...beside];
}
