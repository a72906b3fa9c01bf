import { searchFolders } from '../../core/chain/list.ts';
import { folderLookup } from '../../core/chain/lookup.ts';
import { type ChainMember, type OpenChain, type OpenChainOptions, openChain } from '../../core/chain/open.ts';
import { SECTOR } from '../../core/formats/vhd/constants.ts';
import type { CommandContext, OptionSpec } from './command.ts';

/** What the options of {@link GUEST_OPTIONS} give. */
export interface GuestOptions {
  missingParent?: 'holes';
  acceptIdMismatch?: boolean;
  stored?: boolean;
  search?: string[];
}

/** Options of every command that reads a guest's disk. */
export const GUEST_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--missing-parent <how>',
    help: 'go on without a parent that is missing: its stretches are holes',
    choices: ['holes'],
  },
  { flags: '--accept-id-mismatch', help: 'read through a parent whose id is not the one the child names' },
  { flags: '--stored', help: 'in a base, read what is stored under clear bitmap bits, as qemu does' },
  { flags: '--search <folder...>', help: 'look for parents by their id in these folders too' },
];

/**
 * Opens the chain of an image and says on stderr what the reader of the guest's bytes should know.
 * @throws as openChain.
 */
export async function openGuest(
  path: string,
  options: Partial<GuestOptions> & Pick<OpenChainOptions, 'asRaw'>,
  context: CommandContext,
): Promise<OpenChain> {
  const { files, signal } = context;
  const leaf = files.resolve(path);
  const folders = [files.folderOf(leaf), ...(await searchFolders(files, options.search ?? []))];
  const chain = await openChain(
    leaf,
    folderLookup(files, folders),
    {
      missingParent: options.missingParent ?? 'refuse',
      acceptIdMismatch: options.acceptIdMismatch ?? false,
      stored: options.stored ?? false,
      asRaw: options.asRaw ?? false,
    },
    signal,
  );
  const last = chain.members.length - 1;
  for (const [index, member] of chain.members.entries()) {
    for (const message of cautions(member, index < last, context.shown)) await context.warn(message);
  }
  return chain;
}

/** What should be known of one image before its bytes are believed; `followed` says that its parent is in the chain. */
function cautions(
  { path, image, summary, link }: ChainMember,
  followed: boolean,
  shown: (path: string) => string,
): string[] {
  const name = shown(path);
  const parent = link?.path ? shown(link.path) : '';
  const out: string[] = [];
  if (link?.verdict === 'moved') out.push(`the parent of ${name} was found only by its id, as ${parent}.`);
  if (link?.verdict === 'id-mismatch' && followed)
    out.push(`${name} is read through ${parent}, which is not the parent it names.`);
  if (link && !followed) out.push(`the parent of ${name} is not there: what it would hold is a hole.`);
  if (image.vhd?.footer?.place === 'vote')
    out.push(`both footers of ${name} are damaged: it is read by the one that they add up to.`);
  const batmap = image.vhd?.batmap;
  if (batmap?.cookieOk && batmap.value.keyHashCookie !== 0)
    out.push(`${name} is encrypted: its bytes are read as stored.`);
  if (summary.vhd?.savedState)
    out.push(`${name} belongs to a machine that is suspended: its memory is not on this disk.`);
  const size = image.vhd?.footer?.value.currentSize ?? 0n;
  if (size % BigInt(SECTOR) !== 0n)
    out.push(
      `the size of ${name} is no whole number of sectors: its guest ends ${size % BigInt(SECTOR)} bytes before.`,
    );
  return out;
}
