import path from 'node:path';
import { applyDraft } from '../../../../app/services/operations/direct.ts';
import { applyEnvironment, journalFolder } from '../../../../app/services/operations/environment.ts';
import { asPlatterError, type PlatterError } from '../../../../core/errors.ts';
import { checkImage } from '../../../../core/formats/vhd/checks/image.ts';
import { SECTOR } from '../../../../core/formats/vhd/constants.ts';
import { sightFooter } from '../../../../core/formats/vhd/footer.ts';
import { readImage } from '../../../../core/image.ts';
import { Draft } from '../../../../core/plans/draft.ts';
import type { PlanKind } from '../../../../core/plans/plan.ts';
import { placeFooter } from '../../../../core/plans/vhd/strategy.ts';
import { type Context, EINVAL } from '../command.ts';
import { Errno } from '../errno.ts';
import type { Vhd } from '../libvhd.ts';

/** What this face will not do: vhd-util would have lost data, or hidden that it is lost. */
export class Refused extends Error {}

/** An absolute name, links kept. */
export function absolute(context: Context, name: string): string {
  return path.resolve(context.cwd, name);
}

/**
 * Writes an image's footers as vhd-util does: at the end of what it takes for data, the file ending there, and at 0. Where
 * vhd-util's end of data is not the true one, or the file would be grown over what is missing, it refuses.
 * @throws Refused, Errno, PlatterError
 */
export async function writeFooters(
  context: Context,
  vhd: Vhd,
  bytes: Uint8Array,
  command: { name: string; kind: PlanKind },
  edit: (draft: Draft) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const file = absolute(context, vhd.name);
  const end = await endOfData(vhd);
  const env = applyEnvironment();
  const source = await env.files.open(file);
  try {
    const draft = new Draft(source);
    await edit(draft);
    await draft.write(end, bytes, { why: `vhd-util ${command.name}`, structure: 'vhd.footer' });
    draft.truncate(end + SECTOR, { why: `vhd-util ${command.name}` });
    if (vhd.dynamic) await draft.write(0, bytes, { why: `vhd-util ${command.name}`, structure: 'vhd.footer' });
    if (draft.edits.length === 0) return;
    const image = await readImage(file, source);
    if (!image.vhd) throw new Refused(`${vhd.name} is no VHD that Platter can read.`);
    if (vhd.dynamic) await refuseWrongEnd(image.vhd, file, vhd.name, end);
    refuseToChoose(vhd.name, image.vhd.footers.end?.bytes ?? null, image.vhd.footers.copy?.bytes ?? null, command.name);
    await applyDraft(file, draft, command.kind, source, env, journalFolder(env));
  } finally {
    await source.close();
  }
}

async function endOfData(vhd: Vhd): Promise<number> {
  const end = await vhd.endOfData();
  // vhd-util seeks to such places, or aborts
  if (end < 0n || end > BigInt(Number.MAX_SAFE_INTEGER)) throw new Errno('EINVAL');
  return Number(end);
}

/** Compares vhd-util's end of data with the one that the whole table proves. */
async function refuseWrongEnd(
  image: Parameters<typeof checkImage>[0]['vhd'] & object,
  file: string,
  name: string,
  end: number,
): Promise<void> {
  const findings = await checkImage(
    { path: file, source: image.source, format: 'vhd', vhd: image, foreign: null },
    { now: Date.now(), vhdName: true },
  );
  const lost = findings.find((finding) => finding.lost.length > 0);
  const see = `platter repair ${name} --plan shows what can be done.`;
  if (lost)
    throw new Refused(
      `${name}: ${lost.message} vhd-util would hide that behind a hole and call the file valid; ${see}`,
    );
  const place = await placeFooter({
    path: file,
    draft: new Draft(image.source),
    image,
    findings,
    surroundings: { children: [], parent: null, childHolds: () => Promise.resolve(null), now: 0, newId: '' },
    asked: true,
  });
  if ('refused' in place) throw new Refused(`${name}: ${place.refused} ${see}`);
  if (place.at > end)
    throw new Refused(`${name}: vhd-util would cut ${place.at - end} bytes of blocks that it does not look at; ${see}`);
  if (place.at < end)
    throw new Refused(
      `${name}: vhd-util would grow the file to ${end + SECTOR} bytes for a locator or block that is not there; ${see}`,
    );
}

/** Two good footers that say different things of the disk: writing one over the other is a choice nobody made. */
function refuseToChoose(name: string, end: Uint8Array | null, copy: Uint8Array | null, command: string): void {
  if (!end || !copy) return;
  const [a, b] = [sightFooter(end, 'end', 0), sightFooter(copy, 'copy', 0)];
  if (!a.valid || !b.valid) return;
  const differing = (['currentSize', 'originalSize', 'diskType', 'uniqueId'] as const).filter(
    (field) => a.value[field] !== b.value[field],
  );
  if (differing.length > 0) {
    throw new Refused(
      `${name}: its two footers are both good and differ in ${differing.join(', ')}; vhd-util ${command} would drop one of them unseen. platter repair ${name} --plan shows both.`,
    );
  }
}

/** Ends a command that writes: what was refused or failed is said on standard error, as a number where vhd-util has one. */
export function ended({ out }: Context, thrown: unknown): number {
  if (thrown instanceof Refused) {
    out.complain(thrown.message);
    return EINVAL;
  }
  const error: PlatterError = asPlatterError(thrown);
  if (error.kind === 'bug' || error.kind === 'cancelled') throw error;
  out.complain([error.message, error.place.hint].filter(Boolean).join(' '));
  return error.code === 'no-space' ? 28 : error.kind === 'refusal' ? EINVAL : 5;
}
