import { type CheckedImage, checkFiles } from '../../../core/chain/check.ts';
import { listImages, searchFolders } from '../../../core/chain/list.ts';
import type { ParentVerdict } from '../../../core/chain/parents.ts';
import { buildForest, type ChainNode, type Forest } from '../../../core/chain/tree.ts';
import type { FindingCode } from '../../../core/findings/codes.ts';
import type { VhdKind } from '../../../core/formats/vhd/read.ts';
import type { ImageFormat } from '../../../core/image.ts';
import { type CommandContext, command, EXIT } from '../command.ts';
import { treeText } from '../tree-text.ts';

interface ScanOptions {
  recursive: boolean;
  search: string[];
}

/** One image of a tree, in JSON. */
export interface ScanNode {
  path: string;
  name: string;
  format: ImageFormat;
  role: ChainNode['role'] | 'raw' | 'other';
  /** Null for what is no VHD, or is too damaged to tell. */
  kind: VhdKind | 'raw' | null;
  id: string | null;
  virtualSize: number | null;
  fileSize: number;
  /** Bytes the file system spends on the file. */
  diskBytes: number;
  /** Bytes of guest data in allocated blocks. */
  allocatedBytes: number;
  hidden: boolean;
  savedState: boolean;
  parent: { name: string; id: string; path: string | null; verdict: ParentVerdict } | null;
  errors: number;
  warnings: number;
  children: ScanNode[];
}

export interface ScanProblem {
  path: string;
  code: FindingCode;
  message: string;
}

export const scanCommand = command<ScanOptions>({
  name: 'scan',
  summary: 'show the chain trees of files and folders',
  description:
    'A folder stands for the images in it: by content, or by the names .vhd and .avhd. Parents that lie elsewhere are\n' +
    'shown too, where a child leads to them. Links inside folders are not followed. Only metadata is read.',
  arguments: [{ name: '<path...>', help: 'images and folders' }],
  options: [
    { flags: '-r, --recursive', help: 'folders below folders, too' },
    { flags: '--search <folder...>', help: 'look for parents by their id in these folders too' },
  ],
  exits: {
    0: 'shown, in whatever state the images are (platter check tells by its exit code)',
    3: 'refused: a path that was given is not there, or is no file and no folder',
    4: 'failed: a path that was given cannot be read',
  },
  examples: ['platter scan -r /srv/storage', 'platter scan --json . | jq ".problems"'],
  run: scan,
});

async function scan(paths: readonly string[], options: Partial<ScanOptions>, context: CommandContext): Promise<number> {
  const { files, signal, progress } = context;
  const search = await searchFolders(files, options.search ?? []);
  const listing = await listImages(files, paths, { recursive: options.recursive ?? false, others: false }, signal);
  const images = await checkFiles(files, listing.paths, {
    now: context.now(),
    chain: true,
    duplicates: true,
    search,
    signal,
    progress: (done, total) => progress.tell('Read', done, total, 'images'),
  });

  const given = new Set(paths.map((path) => files.resolve(path)));
  let exit: number = EXIT.ok;
  const unreadable: ScanProblem[] = [];
  for (const { path, error } of [...listing.failures, ...images]) {
    if (!error) continue;
    if (given.has(path)) exit = Math.max(exit, await context.report(error));
    else unreadable.push({ path, code: 'image.unreadable', message: error.message });
  }

  const forest = forestOf(images);
  const problems = [...forest.problems, ...foreignNames(images), ...unreadable]
    .map((problem) => ({ ...problem, path: context.shown(problem.path) }))
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  if (context.json) {
    const trees = scanNodes(forest.trees, context.shown);
    await context.out.json({ schema: 'platter.scan/1', trees, problems });
  } else {
    for (const lines of treeText(forest.trees, problems, context.out, context.shown)) await context.out.write(lines);
  }
  return exit;
}

function forestOf(images: readonly CheckedImage[]): Forest {
  const links = new Map(images.flatMap(({ path, link }) => (link ? [[path, link]] : [])));
  return buildForest(
    images.flatMap(({ summary }) => (summary ? [summary] : [])),
    links,
  );
}

/** Files that are called a VHD and are none. */
function foreignNames(images: readonly CheckedImage[]): ScanProblem[] {
  return images.flatMap(({ path, summary, findings }) => {
    const [finding] = findings;
    return summary && !summary.vhd && summary.format !== 'raw' && finding
      ? [{ path, code: finding.code, message: finding.message }]
      : [];
  });
}

/** Trees as JSON nodes; without recursion, since a chain may be deeper than the stack. */
export function scanNodes(trees: readonly ChainNode[], shown: (path: string) => string): ScanNode[] {
  const out: ScanNode[] = [];
  const left: { node: ChainNode; into: ScanNode[] }[] = trees.map((node) => ({ node, into: out })).reverse();
  for (let next = left.pop(); next; next = left.pop()) {
    const made = scanNode(next.node, shown);
    next.into.push(made);
    for (const child of [...next.node.children].reverse()) left.push({ node: child, into: made.children });
  }
  return out;
}

function scanNode({ image, role, parent }: ChainNode, shown: (path: string) => string): ScanNode {
  const { path, name, format, vhd, fileSize, diskBytes, errors, warnings } = image;
  const isRaw = format === 'raw';
  const reference = vhd?.parent;
  return {
    path: shown(path),
    name,
    format,
    role: vhd ? role : isRaw ? 'raw' : 'other',
    kind: vhd ? vhd.kind : isRaw ? 'raw' : null,
    id: vhd?.id ?? null,
    virtualSize: vhd ? vhd.virtualSize : isRaw ? fileSize : null,
    fileSize,
    diskBytes,
    allocatedBytes: vhd ? vhd.allocatedBytes : isRaw ? fileSize : 0,
    hidden: vhd?.hidden ?? false,
    savedState: vhd?.savedState ?? false,
    parent: parent && {
      name: reference?.name ?? '',
      id: reference?.id ?? '',
      path: parent.path === null ? null : shown(parent.path),
      verdict: parent.verdict,
    },
    errors,
    warnings,
    children: [],
  };
}
