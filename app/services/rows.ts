import type { ParentLink } from '../../core/chain/parents.ts';
import type { ImageSummary } from '../../core/chain/summary.ts';
import { buildForest, type ChainNode } from '../../core/chain/tree.ts';
import { vhdTimeToIso } from '../../core/formats/vhd/constants.ts';
import type { CaseRoot, ChainProblem, ChainRow } from '../contract/types.ts';
import type { Verdict } from '../describe/verdict.ts';

const byName = (a: { name: string; path: string }, b: { name: string; path: string }): number => {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.path < b.path ? -1 : 1;
};

/** Rows of the chain table: depth-first, parents before children, roots and siblings by name. */
export function chainRows(
  images: ReadonlyMap<string, ImageSummary>,
  verdictAt: (path: string) => Verdict | null,
  links: ReadonlyMap<string, ParentLink>,
  roots: readonly CaseRoot[],
): { rows: ChainRow[]; problems: ChainProblem[] } {
  const { trees, problems } = buildForest([...images.values()], links);
  const rows: ChainRow[] = [];
  const nodes = (list: readonly ChainNode[]): ChainNode[] => [...list].sort((a, b) => byName(a.image, b.image));
  const stack = nodes(trees)
    .reverse()
    .map((node) => ({ node, parent: null as string | null, depth: 0 }));
  for (let item = stack.pop(); item; item = stack.pop()) {
    const { node, parent, depth } = item;
    const { path } = node.image;
    rows.push(chainRow(node.image, verdictAt(path), roots, { node, parent, depth }));
    for (const child of nodes(node.children).reverse()) stack.push({ node: child, parent: path, depth: depth + 1 });
  }
  return { rows, problems };
}

/** One image as a row; without a node it stands alone. */
export function chainRow(
  image: ImageSummary,
  verdict: Verdict | null,
  roots: readonly CaseRoot[],
  place?: { node: ChainNode; parent: string | null; depth: number },
): ChainRow {
  const { vhd } = image;
  return {
    path: image.path,
    name: image.name,
    folder: folderIn(image, roots),
    parent: place?.parent ?? null,
    depth: place?.depth ?? 0,
    role: roleOf(image, place?.node),
    format: image.format,
    foreign: image.foreign,
    kind: vhd?.kind ?? null,
    id: vhd?.id ?? null,
    virtualSize: vhd ? vhd.virtualSize : image.format === 'raw' ? image.fileSize : null,
    fileSize: image.fileSize,
    diskBytes: image.diskBytes,
    allocatedBytes: vhd ? vhd.allocatedBytes : image.fileSize,
    blocks: vhd?.blocks ?? null,
    hidden: vhd?.hidden ?? false,
    savedState: vhd?.savedState ?? false,
    modified: image.modified,
    created: vhd?.created === null || vhd?.created === undefined ? null : vhdTimeToIso(vhd.created),
    verdict: place?.node.parent?.verdict ?? null,
    parentName: vhd?.parent?.name ?? null,
    errors: verdict?.errors ?? 0,
    warnings: verdict?.warnings ?? 0,
    worst: verdict?.worst ?? null,
  };
}

function roleOf(image: ImageSummary, node: ChainNode | undefined): ChainRow['role'] {
  if (image.vhd) return node?.role ?? (image.vhd.kind === 'differencing' ? 'leaf' : 'base');
  return image.format === 'raw' ? 'raw' : 'other';
}

/** The image's folder below the root it was opened with. */
function folderIn({ path, name }: ImageSummary, roots: readonly CaseRoot[]): string {
  const folder = path.slice(0, Math.max(0, path.length - name.length - 1));
  let best = '';
  let found = false;
  for (const root of roots) {
    if (root.kind !== 'folder' || (folder !== root.path && !folder.startsWith(withSlash(root.path)))) continue;
    const rest = folder.slice(withSlash(root.path).length);
    if (!found || rest.length < best.length) best = rest;
    found = true;
  }
  return best;
}

function withSlash(path: string): string {
  return /[\\/]$/.test(path) ? path : path.includes('/') ? `${path}/` : `${path}\\`;
}
