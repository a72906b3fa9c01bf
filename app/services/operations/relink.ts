import type { ApplyEnvironment } from '../../../core/apply/environment.ts';
import { interrupted } from '../../../core/apply/undo.ts';
import { checkOpenImage } from '../../../core/chain/check.ts';
import { layerOf } from '../../../core/chain/layer.ts';
import { foldersOf } from '../../../core/chain/list.ts';
import { folderLookup } from '../../../core/chain/lookup.ts';
import { openChain } from '../../../core/chain/open.ts';
import { findParent, type ParentLookup } from '../../../core/chain/parents.ts';
import { type ImageSummary, summarise } from '../../../core/chain/summary.ts';
import { asPlatterError, refusal } from '../../../core/errors.ts';
import { readImage } from '../../../core/image.ts';
import type { Signal } from '../../../core/io/source.ts';
import { type Plan, undoLength } from '../../../core/plans/plan.ts';
import { contentFits, type Plausibility } from '../../../core/plans/relink/plausibility.ts';
import { pointChild } from '../../../core/plans/relink/relink.ts';
import { NIL_UUID } from '../../../core/structure/codecs.ts';
import { formatBytes } from '../../../core/structure/text.ts';

/** A file that may be the parent, and what speaks for and against it. */
export interface RelinkCandidate {
  path: string;
  id: string | null;
  idMatches: boolean;
  virtualSize: number | null;
  sizeMatches: boolean;
  /** The child remembers this very modification time. */
  timeMatches: boolean;
  /** How it came up. */
  via: string;
  content: Plausibility;
}

export interface RelinkRequest {
  child: string;
  /** Null: the candidates are looked for, and the only one with the right id is taken. */
  parent: string | null;
  search: readonly string[];
  /** Where the changed child will lie: its locators start there. */
  output: string | null;
  /** Typed reason for taking a parent whose id is another. */
  acceptIdMismatch: string | null;
  signal?: Signal | undefined;
}

/**
 * Plans pointing a child at its parent; nothing is written. What stands against it is among the plan's refusals.
 * @throws refusal when the child cannot be read at all, or has no parent by its kind.
 */
export async function planRelink(
  request: RelinkRequest,
  env: ApplyEnvironment,
): Promise<{ plan: Plan; candidates: RelinkCandidate[] }> {
  const { files } = env;
  const path = files.resolve(request.child);
  if ((await interrupted(path, env)).length > 0) {
    throw refusal('in-use', `An operation on ${path} was interrupted.`, {
      path,
      hint: 'Finish it with platter resume, or take it back with platter rollback.',
    });
  }
  const stamp = await files.stamp(path);
  const info = await files.info(path);
  if (!stamp || !info) throw refusal('not-found', `${request.child}: there is no such file.`, { path });
  const named = request.parent === null ? null : files.resolve(request.parent);
  const folders = [...(await foldersOf(files, named === null ? [path] : [path, named])), ...request.search];
  const lookup = folderLookup(files, folders);
  const file = await files.open(path);
  try {
    const image = await readImage(path, file, request.signal);
    const self = summarise(image, info, files.nameOf(path));
    if (image.vhd?.kind !== 'differencing' || !image.vhd.header?.usable) {
      throw refusal(
        'unsupported',
        image.vhd?.kind === 'differencing'
          ? `The header of ${path} is damaged: repair it first.`
          : `${path} has no parent: only a differencing disk does.`,
        { path },
      );
    }
    const findings = await checkOpenImage(image, self, lookup, files.now(), request.signal);
    const candidates = await candidatesOf(self, named, lookup, request.signal);
    const refusals: string[] = [];
    const chosen = await choose(self, candidates, named, request, lookup, refusals);
    const adopt = chosen !== null && chosen.vhd?.id !== self.vhd?.parent?.id;
    // in place acts on the file itself, wherever the link to it is
    const place = request.output === null ? ((await files.real(path)) ?? path) : files.resolve(request.output);
    const folder = files.folderOf(place);
    const pointed =
      chosen && refusals.length === 0
        ? await pointChild({
            path,
            image: image.vhd,
            findings,
            parent: chosen,
            folder,
            adopt: adopt ? { modified: chosen.modified } : null,
          })
        : null;
    const risks: string[] = [];
    const fit = candidates.find((one) => one.path === chosen?.path);
    if (adopt && fit) risks.push(`The id is another: whether it is the right parent is your word. ${fit.content.why}`);
    if (fit && !fit.sizeMatches)
      risks.push(
        `The parent's disk has ${formatBytes(fit.virtualSize ?? 0)}, the child's ${formatBytes(self.vhd?.virtualSize ?? 0)}.`,
      );
    const plan: Plan = {
      schema: 'platter.plan/1',
      kind: 'relink',
      strategy: 'relink-parent',
      strategies: ['relink-parent'],
      notes: [],
      target: path,
      targets: [{ path, identity: stamp.identity, size: stamp.size, modifiedNs: stamp.modifiedNs, metadata: [] }],
      steps: pointed?.steps ?? [],
      copies: [],
      lost: [],
      lossy: false,
      draftOnly: false,
      risks,
      refusals,
      alternatives: [],
      findingsBefore: findings,
      findingsAfter: [],
      sizeBefore: file.size,
      sizeAfter: pointed?.draft.size ?? file.size,
      journalBytes: (pointed?.steps ?? []).reduce((sum, step) => sum + undoLength(step), 0),
    };
    return { plan, candidates };
  } finally {
    await file.close();
  }
}

async function choose(
  self: ImageSummary,
  candidates: readonly RelinkCandidate[],
  named: string | null,
  request: RelinkRequest,
  lookup: ParentLookup,
  refusals: string[],
): Promise<ImageSummary | null> {
  const fitting = candidates.filter(({ idMatches }) => idMatches);
  const path = named ?? (fitting.length === 1 ? fitting[0]?.path : undefined);
  if (path === undefined) {
    refusals.push(
      fitting.length === 0
        ? 'No file with the parent’s id was found: name it with --parent FILE, or its folder with --search FOLDER.'
        : `${fitting.map((one) => one.path).join(', ')} all have the parent’s id: choose one with --parent FILE.`,
    );
    return null;
  }
  const parent = await lookup.summaryOf(path);
  if (!parent) throw refusal('not-found', `${path} cannot be read as an image.`, { path });
  if (parent.identity === self.identity) refusals.push('A child cannot be its own parent.');
  else if (await hasAncestor(path, self, lookup))
    refusals.push(`${parent.name} has ${self.name} among its own ancestors: the chain would have no base.`);
  const matches =
    (parent.vhd?.id ?? NIL_UUID) === self.vhd?.parent?.id && !(parent.vhd && self.vhd.parent.id === NIL_UUID);
  if (!matches && request.acceptIdMismatch === null) {
    refusals.push(
      `${parent.name} has the id ${parent.vhd?.id ?? 'of no VHD'}, and ${self.name} expects ${self.vhd?.parent?.id ?? 'another'}: where you know better, say --accept-id-mismatch --reason TEXT.`,
    );
  }
  if (parent.vhd && (parent.vhd.id === null || parent.vhd.id === NIL_UUID))
    refusals.push(`${parent.name} has no id: platter repair --strategy uuid-new gives it one.`);
  return parent;
}

async function hasAncestor(path: string, self: ImageSummary, lookup: ParentLookup): Promise<boolean> {
  const seen = new Set<string>();
  let at = await lookup.summaryOf(path);
  while (at?.vhd?.parent && !seen.has(at.identity)) {
    seen.add(at.identity);
    const link = await findParent(at, lookup);
    at = link.path === null ? null : await lookup.summaryOf(link.path);
    if (at?.identity === self.identity) return true;
  }
  return false;
}

/** Files that may be the parent: the one named, those the child's own words lead to, and those with the right id. */
async function candidatesOf(
  self: ImageSummary,
  named: string | null,
  lookup: ParentLookup,
  signal?: Signal,
): Promise<RelinkCandidate[]> {
  const link = await findParent(self, lookup);
  const id = self.vhd?.parent?.id ?? NIL_UUID;
  const ways = new Map<string, string>();
  if (named !== null) ways.set(named, 'named by you');
  for (const { path, via, verdict } of link.candidates)
    if (verdict !== 'missing' && verdict !== 'cycle' && !ways.has(path)) ways.set(path, via);
  if (id !== NIL_UUID)
    for (const { path, identity } of await lookup.withId(id))
      if (identity !== self.identity && !ways.has(path)) ways.set(path, 'unique id');
  const out: RelinkCandidate[] = [];
  for (const [path, via] of ways) {
    const found = await lookup.summaryOf(path);
    if (!found) continue;
    const virtualSize = found.vhd ? found.vhd.virtualSize : found.fileSize;
    out.push({
      path,
      id: found.vhd?.id ?? null,
      idMatches: found.vhd ? found.vhd.id === id : id === NIL_UUID,
      virtualSize,
      sizeMatches: virtualSize === self.vhd?.virtualSize,
      timeMatches: Math.floor(found.modified / 1000) - 946_684_800 === self.vhd?.parent?.timestamp,
      via,
      content: await plausibility(self, path, lookup, signal),
    });
  }
  return out.sort((a, b) => Number(b.idMatches) - Number(a.idMatches));
}

async function plausibility(
  self: ImageSummary,
  path: string,
  lookup: ParentLookup,
  signal?: Signal,
): Promise<Plausibility> {
  try {
    const file = await lookup.files.open(self.path);
    try {
      const child = layerOf(await readImage(self.path, file, signal));
      const parent = await openChain(path, lookup, { missingParent: 'holes' }, signal);
      try {
        const [layer] = parent.disk.layers;
        if (!layer) return { verdict: 'unclear', why: 'It holds no disk.' };
        const { disk } = parent;
        // the candidate with all that is under it, as one layer
        const whole = {
          path,
          source: disk,
          size: disk.size,
          runs: async (at: number, length: number) =>
            (await disk.map(at, length, signal)).map((run) => ({
              at: run.at,
              length: run.length,
              state: run.state === 'data' ? ('own' as const) : ('none' as const),
              fileOffset: run.at,
            })),
        };
        return await contentFits(child, whole, signal);
      } finally {
        await parent.close();
      }
    } finally {
      await file.close();
    }
  } catch (thrown) {
    const error = asPlatterError(thrown);
    if (error.kind === 'bug' || error.kind === 'cancelled') throw error;
    return { verdict: 'unclear', why: `Its content could not be looked at: ${error.message}` };
  }
}
