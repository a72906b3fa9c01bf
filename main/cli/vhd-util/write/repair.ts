import { newId } from '../../../../app/services/operations/environment.ts';
import { sealFooter } from '../../../../core/formats/vhd/build/seal.ts';
import { NIL_UUID } from '../../../../core/structure/codecs.ts';
import { type Command, EINVAL } from '../command.ts';
import { attempt, Errno } from '../errno.ts';
import { getopt } from '../getopt.ts';
import { Vhd } from '../libvhd.ts';
import { ended, writeFooters } from './footers.ts';

const USAGE = 'options: <-n name> [-b use the back-up footer] [-h help]';

/** `vhd-util repair` */
export const repair: Command = async (context) => {
  const { out, system, args } = context;
  const parsed = getopt('repair', args, 'n:bh');
  if ('complaint' in parsed) out.complain(parsed.complaint);
  const options = 'complaint' in parsed ? [] : parsed.options;
  const name = options.findLast(({ letter }) => letter === 'n')?.value;
  if (
    name === undefined ||
    options.some(({ letter }) => letter === 'h') ||
    ('rest' in parsed && parsed.rest.length > 0)
  ) {
    await out.line(USAGE);
    return EINVAL;
  }
  const backup = options.some(({ letter }) => letter === 'b');
  const vhd = await attempt(() => Vhd.open(system, name, { backup }));
  if (vhd instanceof Errno) {
    await out.line(`error opening ${name}: ${vhd.toString()}`);
    return vhd.number;
  }
  try {
    const id = vhd.footer.uniqueId === NIL_UUID ? { uniqueId: newId() } : {};
    await writeFooters(context, vhd, sealFooter(id, vhd.footerBytes), { name: 'repair', kind: 'repair' });
    return 0;
  } catch (thrown) {
    if (!(thrown instanceof Errno)) return ended(context, thrown);
    await out.line(`error writing footer: ${thrown.toString()}`);
    return thrown.number;
  } finally {
    await vhd.close();
  }
};
