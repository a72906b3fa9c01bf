import { stat } from 'node:fs/promises';
import path from 'node:path';
import { applyDraft } from '../../../../app/services/operations/direct.ts';
import { applyEnvironment, journalFolder } from '../../../../app/services/operations/environment.ts';
import { sealHeader } from '../../../../core/formats/vhd/build/seal.ts';
import { msToVhdTime, SECTOR } from '../../../../core/formats/vhd/constants.ts';
import { type DynamicHeader, dynamicHeader, type LocatorEntry } from '../../../../core/formats/vhd/layout.ts';
import { locatorEntries } from '../../../../core/formats/vhd/locators.ts';
import { Draft } from '../../../../core/plans/draft.ts';
import { relativePath } from '../../../../core/plans/vhd/surroundings.ts';
import { encodeUtf16, NIL_UUID } from '../../../../core/structure/codecs.ts';
import { type Command, type Context, EINVAL } from '../command.ts';
import { attempt, Errno } from '../errno.ts';
import { getopt } from '../getopt.ts';
import { locatorLength, Vhd } from '../libvhd.ts';
import { findParent } from '../parents.ts';
import { absolute, ended, Refused } from './footers.ts';

const USAGE = 'options: <-n name> [-p NEW_PARENT set parent [-m raw]] [-s NEW_SIZE set size] [-z zero] [-h help]';

/** `vhd-util modify -p`: points a child at another parent. */
export const modify: Command = async (context) => {
  const { out, system, args } = context;
  const parsed = getopt('modify', args, 'n:p:ms:zh');
  if ('complaint' in parsed) out.complain(parsed.complaint);
  const options = 'complaint' in parsed ? [] : parsed.options;
  const has = (letter: string): boolean => options.some((option) => option.letter === letter);
  const name = options.findLast(({ letter }) => letter === 'n')?.value;
  const parent = options.findLast(({ letter }) => letter === 'p')?.value;
  if (name === undefined || has('h') || ('rest' in parsed && parsed.rest.length > 0)) {
    await out.line(USAGE);
    return EINVAL;
  }
  if (has('s') || has('z')) {
    out.complain(
      'modify -s and -z change the length of the file or its data without a word; this face does not do it. platter repair puts footers where they belong.',
    );
    return EINVAL;
  }
  if (parent === undefined) return 0;
  const vhd = await attempt(() => Vhd.open(system, name));
  if (vhd instanceof Errno) {
    await out.line(`error opening ${name}: ${vhd.toString()}`);
    return vhd.number;
  }
  try {
    await changeParent(context, vhd, parent, has('m'));
    return 0;
  } catch (thrown) {
    if (!(thrown instanceof Errno)) return ended(context, thrown);
    await out.line(`failed to set parent to ${parent}: ${thrown.toString()}`);
    return thrown.number;
  } finally {
    await vhd.close();
  }
};

async function changeParent(context: Context, child: Vhd, parentName: string, raw: boolean): Promise<void> {
  if (!child.differencing) throw new Errno('EINVAL');
  const file = absolute(context, child.name);
  const parentFile = await context.system.canonical(parentName);
  const { mtimeMs } = await stat(absolute(context, parentName));
  const id = raw ? NIL_UUID : await parentId(context, child, parentName);
  const values: Partial<DynamicHeader> = {
    parentUniqueId: id,
    parentTimeStamp: msToVhdTime(mtimeMs),
    parentUnicodeName: path.basename(parentFile),
  };
  const env = applyEnvironment();
  const source = await env.files.open(file);
  try {
    const draft = new Draft(source);
    const relative = relativePath(path.dirname(await context.system.canonical(child.name)), parentFile);
    for (const [index, entry] of locatorEntries(child.header).entries()) {
      const changed = await rewriteLocator(draft, entry, relative);
      if (changed) (values as Record<string, LocatorEntry>)[`parentLocator${index + 1}`] = changed;
    }
    const at = Number(child.footer.dataOffset);
    await draft.write(at, sealHeader(values, child.headerBytes), {
      why: 'vhd-util modify -p',
      structure: dynamicHeader.id,
    });
    await applyDraft(file, draft, 'modify', source, env, journalFolder(env));
  } finally {
    await source.close();
  }
}

/** The new parent's id, once it is a VHD that can be this child's parent. */
async function parentId(context: Context, child: Vhd, parentName: string): Promise<string> {
  const seen = new Set([child.device.identity]);
  let id: string | null = null;
  for (let name: string | null = parentName; name !== null; ) {
    const vhd: Vhd = await Vhd.open(context.system, name);
    try {
      if (seen.has(vhd.device.identity))
        throw new Refused(
          `${parentName} has ${child.name} among its own ancestors, or is it: the chain would have no base.`,
        );
      seen.add(vhd.device.identity);
      id ??= vhd.footer.uniqueId;
      const above: string | Errno | null =
        vhd.differencing && !vhd.parentRaw ? await attempt(() => findParent(context.system, vhd)) : null;
      name = above instanceof Errno ? null : above;
    } finally {
      await vhd.close();
    }
  }
  if (id === null || id === NIL_UUID)
    throw new Refused(
      `${parentName} has no id: as a parent without one it would be read, and written, as a raw image. platter repair ${parentName} gives it one.`,
    );
  return id;
}

/** Writes a locator's new text into the room it has. @throws Errno ENAMETOOLONG when it has not enough. */
async function rewriteLocator(draft: Draft, entry: LocatorEntry, relative: string): Promise<LocatorEntry | null> {
  const text = locatorText(entry.platformCode, relative);
  if (!text) return null;
  const room = locatorLength(entry.dataSpace);
  if (text.length > room) throw new Errno('ENAMETOOLONG');
  const padded = new Uint8Array(Math.ceil(Math.max(text.length, entry.dataLength) / SECTOR) * SECTOR);
  padded.set(text);
  await draft.write(Number(entry.dataOffset), padded.subarray(0, room), {
    why: 'vhd-util modify -p',
    structure: 'vhd.locator-text',
  });
  return { ...entry, dataLength: text.length };
}

function locatorText(code: string, relative: string): Uint8Array | null {
  if (code === 'MacX') return new TextEncoder().encode(`file://./${relative}`);
  if (code === 'W2ru' || code === 'W2ku') return encodeUtf16(`.\\${relative.replaceAll('/', '\\')}`, 'little');
  return null;
}
