import { UNALLOCATED } from '../../../core/formats/vhd/constants.ts';
import { type Command, type Context, codeOf, EINVAL } from './command.ts';
import { attempt, Errno } from './errno.ts';
import { getopt } from './getopt.ts';
import { signedByte, Vhd } from './libvhd.ts';
import { findParent, parentText } from './parents.ts';
import type { System } from './system.ts';

const USAGE =
  'options: <-n name> [-v print virtual size (in MB)] [-s print physical utilization (bytes)] [-p print parent] ' +
  '[-f print fields] [-m print marker] [-d print chain depth] [-S print max virtual size (MB) for fast resize] ' +
  "[-a print allocated block count] [-u don't resolve parent path] [-h help]";

/** `vhd-util query` */
export const query: Command = async (context) => {
  const { out, system, args } = context;
  const parsed = getopt('query', args, 'n:vspfdSmauh');
  if ('complaint' in parsed) {
    out.complain(parsed.complaint);
    await out.line(USAGE);
    return EINVAL;
  }
  const asked = new Set(parsed.options.map(({ letter }) => letter));
  const name = parsed.options.findLast(({ letter }) => letter === 'n')?.value;
  if (asked.has('h') || name === undefined || parsed.rest.length > 0) {
    await out.line(USAGE);
    return asked.has('h') ? 0 : EINVAL;
  }
  const vhd = await attempt(() => Vhd.open(system, name, { ignoreDisabled: true }));
  if (vhd instanceof Errno) {
    await out.line(`error opening ${name}: ${vhd.toString()}`);
    return vhd.number;
  }
  try {
    return await answer(context, vhd, name, asked);
  } finally {
    await vhd.close();
  }
};

/** Prints what was asked in vhd-util's own order; the first failure makes the exit code, and the rest is still answered. */
async function answer({ out, system }: Context, vhd: Vhd, name: string, asked: Set<string>): Promise<number> {
  let code = 0;
  const say = async (letter: string, trouble: string, work: () => string | Promise<string>): Promise<void> => {
    if (!asked.has(letter)) return;
    const found = await attempt(work);
    await out.line(found instanceof Errno ? trouble.replace('%d', found.toString()) : found);
    code ||= codeOf(found);
  };
  const failed = (what: string): string => `error checking ${what}: %d`;
  await say('v', '', () => (vhd.footer.currentSize >> 20n).toString());
  await say('s', 'failed to get physical size: %d', async () => ((await vhd.endOfData()) + 512n).toString());
  await say('p', 'query failed', () => {
    if (!vhd.differencing) return `${name} has no parent`;
    return asked.has('u') ? parentText(vhd) : findParent(system, vhd);
  });
  await say('f', failed("'hidden' field"), async () => `hidden: ${await vhd.hidden()}`);
  await say('m', failed("'marker' field"), async () => `marker: ${signedByte((await vhd.markers()).marker)}`);
  await say('d', failed('chain depth'), async () => `chain depth: ${await chainDepth(system, vhd)}`);
  await say('a', 'error reading bat: %d', () => allocated(vhd));
  await say('S', '', () => String((vhd.header.maxTableEntries * 2) >>> 0));
  return code;
}

async function allocated(vhd: Vhd): Promise<string> {
  const bat = await vhd.bat();
  let used = 0;
  for (let block = 0; block < bat.entries; block += 1) if (bat.at(block) !== UNALLOCATED) used += 1;
  return String(used);
}

/** Images from this one to the base, a raw one included. @throws Errno; ELOOP where vhd-util never ends. */
async function chainDepth(system: System, leaf: Vhd): Promise<number> {
  const seen = new Set<string>();
  let vhd = leaf;
  let parent: Vhd | null = null;
  try {
    for (;;) {
      seen.add(vhd.device.identity);
      if (!vhd.differencing) return seen.size;
      if (vhd.parentRaw) return seen.size + 1;
      const file = await findParent(system, vhd);
      await parent?.close();
      parent = null;
      parent = await Vhd.open(system, file);
      vhd = parent;
      if (seen.has(vhd.device.identity)) throw new Errno('ELOOP');
    }
  } finally {
    await parent?.close();
  }
}
