import path from 'node:path';
import { coalesceInPlace, prepareCoalesce } from '../../../../app/services/operations/coalesce.ts';
import { applyEnvironment, journalFolder } from '../../../../app/services/operations/environment.ts';
import { SECTOR } from '../../../../core/formats/vhd/constants.ts';
import { type Command, type Context, EINVAL } from '../command.ts';
import { attempt, Errno } from '../errno.ts';
import { getopt } from '../getopt.ts';
import { Vhd } from '../libvhd.ts';
import { findParent } from '../parents.ts';
import { absolute, ended, Refused } from './footers.ts';

const USAGE = 'options: <-n name> [-s sparse] [-p progress] [-h help]';

/** `vhd-util coalesce`: folds a child into its immediate parent, in place. */
export const coalesce: Command = async (context) => {
  const { out, args } = context;
  const parsed = getopt('coalesce', args, 'n:sph');
  if ('complaint' in parsed) out.complain(parsed.complaint);
  const options = 'complaint' in parsed ? [] : parsed.options;
  const has = (letter: string): boolean => options.some((option) => option.letter === letter);
  const name = options.findLast(({ letter }) => letter === 'n')?.value;
  if (name === undefined || has('h') || ('rest' in parsed && parsed.rest.length > 0)) {
    await out.line(USAGE);
    return EINVAL;
  }
  try {
    const parent = await parentOf(context, name);
    if (has('s')) await out.line('opening for sparse writes');
    const sectors = await fold(context, name, parent);
    if (has('p')) await out.print('\r  0.00%', '\r100.00%\n');
    await out.print(`Coalesced ${sectors} sectors`);
    return 0;
  } catch (thrown) {
    if (!(thrown instanceof Errno)) return ended(context, thrown);
    await out.line(`error coalescing: ${thrown.toString()}`);
    return thrown.number;
  }
};

/** The parent as vhd-util finds it, once both can be opened as vhd-util opens them. @throws Errno, with the line before it said. */
async function parentOf({ out, system }: Context, name: string): Promise<string> {
  const told = async <T>(work: () => Promise<T>, line: string): Promise<T> => {
    const answer = await attempt(work);
    if (!(answer instanceof Errno)) return answer;
    await out.line(`${line}: ${answer.toString()}`);
    throw answer;
  };
  const child = await told(() => Vhd.open(system, name), `error opening ${name}`);
  try {
    if (!child.differencing) {
      await out.line('coalescing of non-differencing disks is not supported');
      throw new Errno('EINVAL');
    }
    const parent = await told(() => findParent(system, child), `error finding ${name} parent`);
    if (!child.parentRaw) await (await told(() => Vhd.open(system, parent), `error opening ${parent}`)).close();
    return parent;
  } finally {
    await child.close();
  }
}

/** Folds on the engine of every plan, with its gates, where vhd-util has none; answers the sectors moved. */
async function fold(context: Context, name: string, found: string): Promise<number> {
  const env = applyEnvironment();
  const child = absolute(context, name);
  const prepared = await prepareCoalesce({ child, search: [], inPlace: true, journal: journalFolder(env) }, env);
  try {
    const { plan, chain } = prepared;
    const [top, parent] = chain.members;
    const [reason] = plan.refusals;
    const safely = `platter coalesce ${name} --plan says what can be done.`;
    if (reason !== undefined) throw new Refused(`${name}: ${reason} vhd-util would go ahead; ${safely}`);
    const real = await env.files.real(path.resolve(context.cwd, found));
    if (!parent || (await env.files.real(parent.path)) !== real)
      throw new Refused(`${name}: its locators lead to ${found}, which is not its parent by id; ${safely}`);
    const size = parent.image.vhd ? (parent.image.vhd.virtualSize ?? 0) : parent.image.source.size;
    if ((top?.summary.vhd?.virtualSize ?? 0) > size) {
      throw new Refused(
        `${name}: it is larger than its parent, and vhd-util would stop half way with the parent changed; platter coalesce ${name} --in-place grows the parent first.`,
      );
    }
    if (plan.copies.length > 0) {
      const journal = journalFolder(env);
      await env.files.makeFolder(journal);
      // as quick as vhd-util: what was moved is read back and compared, which is proof enough for who reads no hash
      await coalesceInPlace(prepared, env, { prove: false, hash: false, allowHardLinks: true, journal });
    }
    return plan.copies.reduce((sum, { bytes }) => sum + bytes / SECTOR, 0);
  } finally {
    await prepared.close();
  }
}
