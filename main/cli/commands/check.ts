import { type CheckedImage, checkFiles } from '../../../core/chain/check.ts';
import { listImages, searchFolders } from '../../../core/chain/list.ts';
import { atLeast, isHealthy, type Severity } from '../../../core/findings/finding.ts';
import { makeFinding } from '../../../core/findings/make.ts';
import { formatCount } from '../../../core/structure/text.ts';
import { type CommandContext, command, EXIT } from '../command.ts';
import { findingJson, findingLines, tallyText, verdictText } from '../findings-text.ts';
import { safe } from '../output.ts';

interface CheckOptions {
  recursive: boolean;
  deep: boolean;
  chain: boolean;
  failOn: Severity;
  search: string[];
}

export const checkCommand = command<CheckOptions>({
  name: 'check',
  summary: 'find everything that is wrong with images and their chains',
  description:
    'Reads metadata only, unless --deep is given. A folder stands for the images in it, and two images of one id\n' +
    'are only looked for there. What each code means: docs/findings.md.',
  arguments: [{ name: '<path...>', help: 'images and folders' }],
  options: [
    { flags: '-r, --recursive', help: 'folders below folders, too' },
    { flags: '--deep', help: 'read every sector bitmap, and the data where bits are clear' },
    { flags: '--chain', help: 'check every ancestor as an image of its own' },
    {
      flags: '--fail-on <severity>',
      help: 'exit 1 when there is a finding at least as grave',
      choices: ['error', 'warning', 'info'],
      default: 'error',
    },
    { flags: '--search <folder...>', help: 'look for parents by their id in these folders too' },
  ],
  exits: {
    0: 'nothing as grave as --fail-on says',
    1: 'findings at or above --fail-on',
    3: 'refused: a path that was given is not there, or is no file and no folder',
  },
  examples: ['platter check disk.vhd', 'platter check --deep --chain leaf.vhd --json', 'platter check -r /srv/images'],
  run: check,
});

async function check(
  paths: readonly string[],
  options: Partial<CheckOptions>,
  context: CommandContext,
): Promise<number> {
  const { files, signal, progress } = context;
  const search = await searchFolders(files, options.search ?? []);
  const recursive = options.recursive ?? false;
  const listing = await listImages(files, paths, { recursive, others: false }, signal);
  const asked = new Set(paths.map((path) => files.resolve(path)));
  const images = await checkFiles(files, listing.paths, {
    now: context.now(),
    deep: options.deep ?? false,
    chain: options.chain ?? false,
    duplicates: listing.paths.some((path) => !asked.has(path)),
    search,
    signal,
    progress: (done, total) => progress.tell('Checking', done, total, 'images'),
    // one image takes long, many are counted
    ...(listing.paths.length === 1 && {
      deepProgress: (_path, { done, total }) => progress.tell('Reading bitmaps', done, total, 'blocks'),
    }),
  });
  // what is not there at all is no image with a fault; what cannot be read is
  let exit: number = EXIT.ok;
  const judged: CheckedImage[] = [];
  for (const image of images) {
    if (image.error?.kind === 'refusal') exit = Math.max(exit, await context.report(image.error));
    else judged.push(image);
  }
  for (const { path, error } of listing.failures) {
    const finding = makeFinding('image.unreadable', 'decision', error.message);
    judged.push({ path, summary: null, link: null, findings: [finding], deep: null, error });
  }

  if (context.json) await context.out.json(document(judged, context.shown));
  else if (judged.length > 0) await report(judged, context);
  const failOn = options.failOn ?? 'error';
  const found = judged.some(({ findings }) => findings.some(({ severity }) => atLeast(severity, failOn)));
  return Math.max(exit, found ? EXIT.findings : EXIT.ok);
}

/** The schema `platter.check/1`. */
function document(images: readonly CheckedImage[], shown: (path: string) => string): unknown {
  return {
    schema: 'platter.check/1',
    images: images.map(({ path, findings }) => ({
      path: shown(path),
      healthy: isHealthy(findings),
      findings: findings.map(findingJson),
    })),
  };
}

async function report(images: readonly CheckedImage[], { out, shown }: CommandContext): Promise<void> {
  for (const { path, findings } of images) {
    await out.line(`${out.style('bold', safe(shown(path)))}: ${verdictText(findings, out)}`);
    for (const line of findingLines(findings, out)) await out.line(line);
  }
  if (images.length < 2) return;
  const all = images.flatMap(({ findings }) => findings);
  const healthy = images.filter(({ findings }) => isHealthy(findings)).length;
  await out.line();
  await out.line(`${formatCount(images.length)} images, ${formatCount(healthy)} healthy: ${tallyText(all)}`);
}
