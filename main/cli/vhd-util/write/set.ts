import { sealFooter } from '../../../../core/formats/vhd/build/seal.ts';
import { batmapHeader } from '../../../../core/formats/vhd/layout.ts';
import { type Command, EINVAL } from '../command.ts';
import { attempt, Errno } from '../errno.ts';
import { getopt, strtoull } from '../getopt.ts';
import { Vhd } from '../libvhd.ts';
import { ended, Refused, writeFooters } from './footers.ts';

const USAGE = 'options: <-n name> <-f fieldname> <-v value> [-h help]';

/** `vhd-util set`: the hidden flag, or XenServer's marker. */
export const set: Command = async (context) => {
  const { out, system, args } = context;
  const parsed = getopt('set', args, 'n:f:v:h');
  if ('complaint' in parsed) out.complain(parsed.complaint);
  const options = 'complaint' in parsed ? [] : parsed.options;
  const value = (letter: string): string | undefined => options.findLast((option) => option.letter === letter)?.value;
  const [name, field, text] = [value('n'), value('f'), value('v')];
  const asked = options.some(({ letter }) => letter === 'h');
  if (
    name === undefined ||
    field === undefined ||
    text === undefined ||
    asked ||
    ('rest' in parsed && parsed.rest.length > 0)
  ) {
    await out.line(USAGE);
    return EINVAL;
  }
  const number = strtoull(text);
  if ((field !== 'hidden' && field !== 'marker') || number > 255n) {
    out.complain(
      number > 255n
        ? `The value of ${field} is a number from 0 to 255.`
        : `There is no field ${field}: hidden and marker are.`,
    );
    return EINVAL;
  }
  const vhd = await attempt(() => Vhd.open(system, name));
  if (vhd instanceof Errno) {
    await out.line(`error opening ${name}: ${vhd.toString()}`);
    return vhd.number;
  }
  try {
    if (field === 'hidden') {
      if (number > 1n) throw new Refused(`hidden is 0 or 1: with ${number} vhd-util check calls ${name} invalid.`);
      await writeFooters(context, vhd, sealFooter({ hidden: Number(number) }, vhd.footerBytes), {
        name: 'set',
        kind: 'modify',
      });
    } else {
      const { at, bytes } = await vhd.batmapBytes();
      const marked = batmapHeader.serialise({ marker: Number(number) }, bytes);
      await writeFooters(context, vhd, sealFooter({}, vhd.footerBytes), { name: 'set', kind: 'modify' }, (draft) =>
        draft.write(at, marked, { why: 'vhd-util set', field: 'marker', structure: batmapHeader.id }),
      );
    }
    return 0;
  } catch (thrown) {
    if (!(thrown instanceof Errno)) return ended(context, thrown);
    await out.line(`failed to set field '${field}': ${thrown.toString()}`);
    return thrown.number;
  } finally {
    await vhd.close();
  }
};
