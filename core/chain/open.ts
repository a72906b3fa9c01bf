import { refusal } from '../errors.ts';
import { type Image, readImage } from '../image.ts';
import type { OpenFile } from '../io/files.ts';
import type { Signal } from '../io/source.ts';
import { GuestDisk } from './guest.ts';
import { type Layer, layerOf } from './layer.ts';
import { findParent, type ParentLink, type ParentLookup } from './parents.ts';
import { type ImageSummary, summarise } from './summary.ts';

export interface OpenChainOptions {
  /** `holes`: go on without a missing parent; its stretches are holes, never zeros. */
  missingParent?: 'refuse' | 'holes';
  /** Read through a parent whose id is not the one the child names. */
  acceptIdMismatch?: boolean;
  /** In a base, read what is stored under clear bitmap bits. */
  stored?: boolean;
  /** The leaf is a raw image, whatever its bytes look like. */
  asRaw?: boolean;
}

/** One image of an opened chain. */
export interface ChainMember {
  path: string;
  image: Image;
  summary: ImageSummary;
  /** Null for a base. */
  link: ParentLink | null;
}

/** An opened chain, leaf first; close it when done. */
export interface OpenChain {
  members: ChainMember[];
  disk: GuestDisk;
  close(): Promise<void>;
}

/** More members than any known system makes; XenServer stops at 30, blktap's own limit is lower. */
const MAX_MEMBERS = 1024;

/**
 * Opens a leaf and all its ancestors as one disk.
 * @throws refusal `parent-missing` | `parent-id-mismatch` | `parent-unusable` | `chain-cycle` | `data-damaged`, failure.
 */
export async function openChain(
  leaf: string,
  lookup: ParentLookup,
  options: OpenChainOptions = {},
  signal?: Signal,
): Promise<OpenChain> {
  const { files } = lookup;
  const members: ChainMember[] = [];
  const layers: Layer[] = [];
  const opened: OpenFile[] = [];
  const seen = new Set<string>();
  const close = async (): Promise<void> => {
    await Promise.all(opened.splice(0).map((file) => file.close()));
  };
  try {
    let incomplete = false;
    for (let path: string | null = files.resolve(leaf); path !== null; ) {
      const file = await files.open(path);
      opened.push(file);
      const info = await files.info(path);
      if (!info) throw refusal('not-found', `${path} is gone.`, { path });
      const child = members[members.length - 1];
      const asRaw = child ? child.link?.raw === true : options.asRaw === true;
      const image: Image = asRaw
        ? { path, source: file, format: 'raw', vhd: null, foreign: null }
        : await readImage(path, file, signal);
      const summary = summarise(image, info, files.nameOf(path));
      if (members.length >= MAX_MEMBERS) {
        throw refusal('chain-too-long', `The chain of ${leaf} has more than ${MAX_MEMBERS} images.`, { path });
      }
      if (seen.has(summary.identity)) {
        throw refusal('chain-cycle', `The chain of ${leaf} comes back to ${path}: it has no base.`, {
          path,
          hint: 'platter check names the members of the cycle.',
        });
      }
      seen.add(summary.identity);
      // before the parent is looked for: a damaged header knows of none
      layers.push(layerOf(image, options));
      const link = summary.vhd?.kind === 'differencing' ? await findParent(summary, lookup) : null;
      members.push({ path, image, summary, link });
      path = nextParent(path, link, options);
      incomplete = link !== null && path === null;
    }
    return { members, disk: new GuestDisk(layers, incomplete), close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

function nextParent(path: string, link: ParentLink | null, options: OpenChainOptions): string | null {
  if (!link) return null;
  switch (link.verdict) {
    case 'ok':
    case 'moved':
      return link.path;
    case 'id-mismatch':
      if (options.acceptIdMismatch) return link.path;
      if (options.missingParent === 'holes') return null;
      throw refusal(
        'parent-id-mismatch',
        `The parent of ${path} was found at ${link.path ?? '?'}, but it is not the right one: ${reason(link)}`,
        {
          path,
          hint: 'Find the right parent (platter relink), or read anyway with --accept-id-mismatch.',
        },
      );
    case 'cycle':
      throw refusal('chain-cycle', `${path} is its own parent.`, { path });
    case 'missing':
      if (options.missingParent === 'holes') return null;
      refuseUnread(path, link);
      throw refusal('parent-missing', `The parent of ${path} is missing: ${tried(link)}`, {
        path,
        hint: 'Bring the parent back or open its folder too; --missing-parent holes goes on without it, with holes.',
      });
  }
}

/** What is there and cannot be read is not missing: the way out is another. */
function refuseUnread(child: string, { candidates }: ParentLink): void {
  const unread = candidates.find((candidate) => candidate.unread);
  if (!unread) return;
  throw refusal('forbidden', `The parent of ${child} is there, at ${unread.path}, but it cannot be read.`, {
    path: unread.path,
    hint: 'Let this user read it; --missing-parent holes goes on without it, with holes.',
  });
}

function reason(link: ParentLink): string {
  return link.candidates.find(({ path }) => path === link.path)?.why ?? 'its id differs.';
}

function tried(link: ParentLink): string {
  if (link.candidates.length === 0) return 'the image names no place for it.';
  return `looked for ${link.candidates.map(({ path }) => path).join(', ')}.`;
}
