import path from 'node:path';
import type { ApplyEnvironment } from '../../../core/apply/environment.ts';
import { undo } from '../../../core/apply/undo.ts';
import { GuestDisk } from '../../../core/chain/guest.ts';
import { searchFolders } from '../../../core/chain/list.ts';
import { folderLookup } from '../../../core/chain/lookup.ts';
import { openChain } from '../../../core/chain/open.ts';
import { guestRuns } from '../../../core/chain/stream.ts';
import { asPlatterError, cancelled, refusal } from '../../../core/errors.ts';
import { vhdTimeToIso } from '../../../core/formats/vhd/constants.ts';
import { readImage } from '../../../core/image.ts';
import { type Signal, throwIfAborted } from '../../../core/io/source.ts';
import { type CoalesceGate, type CoalesceReason, coalesceReasons } from '../../../core/plans/coalesce/gates.ts';
import { balanceOf, coalescablePairs } from '../../../core/plans/coalesce/pairs.ts';
import { needsAcceptLoss } from '../../../core/plans/plan.ts';
import { findChildren } from '../../../core/plans/vhd/surroundings.ts';
import { formatBytes } from '../../../core/structure/text.ts';
import type { Input } from '../../contract/contract.ts';
import type {
  CoalesceAnswer,
  CoalesceListRow,
  CoalesceResult,
  ExportAnswer,
  ExportResult,
  FoldGate,
  NamedFile,
  RelinkAnswer,
} from '../../contract/types.ts';
import { Flag } from '../../jobs/flag.ts';
import type { JobContext } from '../../jobs/jobs.ts';
import type { Case } from '../case.ts';
import { type CoalesceRequest, coalesceInPlace, HASHED, type PreparedCoalesce, prepareCoalesce } from './coalesce.ts';
import type { Desk, DeskParts } from './desk.ts';
import { exportChain } from './export.ts';
import { coalesceToFile } from './fold-file.ts';
import { planRelink } from './relink.ts';

/** Holes that are listed; what is more is counted. */
const MAX_HOLES = 1000;

/** Coalesce, export and relink for pages: planned and run beside the desk, which keeps plans and undoes. */
export class Folds {
  readonly #parts: DeskParts;
  readonly #case: Case;
  readonly #desk: Desk;

  constructor(parts: DeskParts, opened: Case, desk: Desk) {
    this.#parts = parts;
    this.#case = opened;
    this.#desk = desk;
  }

  get #env(): ApplyEnvironment {
    return this.#parts.env;
  }

  /** Folders of the case's images that have to do with a chain: its members, and all that name one of them. */
  #around(image: string): string[] {
    const { files } = this.#env;
    const chain = new Set<string>();
    for (let at: string | null = image; at !== null && !chain.has(at); at = this.#case.links.get(at)?.path ?? null)
      chain.add(at);
    const ids = new Set<string>();
    for (const member of chain) {
      const vhd = this.#case.images.get(member)?.vhd;
      if (vhd?.id) ids.add(vhd.id);
      if (vhd?.parent) ids.add(vhd.parent.id);
    }
    const folders = new Set<string>([...chain].map((member) => files.folderOf(member)));
    for (const { path: at, vhd } of this.#case.images.values())
      if (vhd && ((vhd.id && ids.has(vhd.id)) || (vhd.parent && ids.has(vhd.parent.id))))
        folders.add(files.folderOf(at));
    return [...folders];
  }

  /** A free name beside an image. */
  async #freeName(image: string, word: string, extension: string): Promise<string> {
    const { dir, name } = path.parse(image);
    for (let count = 1; ; count += 1) {
      const candidate = path.join(dir, `${name}.${word}${count === 1 ? '' : `-${count}`}${extension}`);
      if (!(await this.#env.files.stamp(candidate))) return candidate;
    }
  }

  async #free(folder: string): Promise<number | null> {
    return this.#env.files.freeSpace(folder).catch(() => null);
  }

  async #prepare(
    { path: child, into }: Input<'coalesce.plan'>,
    more: Pick<CoalesceRequest, 'inPlace' | 'known' | 'output' | 'relinkChildren' | 'removeChild'> & { signal: Signal },
  ): Promise<PreparedCoalesce> {
    await this.#parts.files.info(child);
    const request = { child, into: into ?? undefined, search: this.#around(child), ...more };
    return prepareCoalesce(request, this.#env);
  }

  async planCoalesce(input: Input<'coalesce.plan'>, signal: Signal): Promise<CoalesceAnswer> {
    const known = [...this.#case.images.values()];
    const file = await this.#prepare(input, { inPlace: false, known, signal });
    try {
      const { chain, depth, evidence, around } = file;
      const { files } = this.#env;
      const child = chain.members[0];
      const parent = chain.members[depth];
      if (!child || !parent) throw refusal('not-a-disk', 'There is no parent to be folded into.');
      const moved = await movedBytes(file, signal);
      const children = await findChildren(child.summary, folderLookup(files, around, known), around, signal);
      const inPlace = await this.#prepare(input, { inPlace: true, known, signal });
      try {
        const raw = parent.image.vhd === null;
        const shut = inPlace.plan.refusals.length > 0;
        return {
          folded: chain.members.slice(0, depth + 1).map(({ path: at, summary }) => ({ path: at, name: summary.name })),
          siblings: evidence.siblings.map(fileOf),
          children: children.map(fileOf),
          virtualSize: chain.disk.size,
          moved,
          gates: gatesOf(file, inPlace),
          raw,
          hashed: chain.disk.size <= HASHED,
          file: {
            needed: evidence.rooms[0]?.needed ?? moved.bytes,
            free: await this.#free(files.folderOf(child.path)),
          },
          suggestedOutput: await this.#freeName(child.path, 'folded', raw ? '.raw' : '.vhd'),
          inPlace: {
            growth: shut ? null : Math.max(0, inPlace.plan.sizeAfter - inPlace.plan.sizeBefore),
            journalBytes: shut ? null : inPlace.plan.journalBytes,
            free: await this.#free(files.folderOf(parent.path)),
            risks: inPlace.plan.risks,
          },
        };
      } finally {
        await inPlace.close();
      }
    } finally {
      await file.close();
    }
  }

  async coalesce(
    { path: child, into, target, prove }: Input<'coalesce.run'>,
    context: JobContext<never>,
  ): Promise<CoalesceResult> {
    const { files } = this.#parts;
    const copy = target.kind === 'copy';
    if (copy) await files.info(target.output);
    const prepared = await this.#prepare(
      { path: child, into },
      {
        inPlace: !copy,
        ...(copy
          ? { output: target.output }
          : { relinkChildren: target.relinkChildren, removeChild: target.removeChild }),
        signal: context.flag,
      },
    );
    const { plan } = prepared;
    const touched = plan.targets.map((one) => one.path);
    try {
      const [reason] = plan.refusals;
      if (reason !== undefined) throw refusal('in-use', reason, { path: plan.target });
      if (needsAcceptLoss(plan)) throw refusal('needs-accept-loss', 'It would lose data.', { path: plan.target });
      const options = {
        prove,
        progress: (phase: string, done: number, total: number) => context.progress(phase, done, total, 'bytes'),
        signal: context.flag,
      };
      const done = copy
        ? await coalesceToFile(prepared, target.output, this.#env, options)
        : await coalesceInPlace(prepared, this.#env, { ...options, allowHardLinks: false });
      // bytes that are being moved are moved to the end; who cancelled meanwhile wants them back
      if (!copy && context.flag.aborted) {
        await undo(done.applied.operation, this.#env);
        throw cancelled();
      }
      if (done.applied.output !== null) touched.push(done.applied.output);
      this.#desk.remember(done.applied.operation, touched);
      const { guestSha256Before, guestSha256After, findingsAfter } = done;
      return {
        ...done.applied,
        findingsBefore: plan.findingsBefore,
        findingsAfter,
        guestSha256Before,
        guestSha256After,
      };
    } finally {
      await prepared.close();
      // what was cancelled is looked at to the end
      await this.#parts.changed(touched, { ...context, flag: new Flag() });
    }
  }

  /** Hidden parents that have one child, with what a coalesce of the two would free and cost. */
  async list(context: JobContext<CoalesceListRow>): Promise<{ pairs: number }> {
    const { images, links } = this.#case;
    const pairs = coalescablePairs(
      [...images].map(([at, summary]) => ({ path: at, summary, link: links.get(at) ?? null })),
    );
    for (const [done, { child, parent }] of pairs.entries()) {
      throwIfAborted(context.flag);
      context.progress('Comparing tables', done, pairs.length, 'images');
      context.partial([await this.#pair(child, parent, context.flag)]);
    }
    return { pairs: pairs.length };
  }

  async #pair(child: string, parent: string, signal: Signal): Promise<CoalesceListRow> {
    const { files } = this.#parts;
    const row = {
      child: { path: child, name: files.nameOf(child) },
      parent: { path: parent, name: files.nameOf(parent) },
    };
    try {
      const above = await files.open(child);
      const below = await files.open(parent).catch(async (thrown: unknown) => {
        await above.close();
        throw thrown;
      });
      try {
        const [upper, lower] = [await readImage(child, above, signal), await readImage(parent, below, signal)];
        if (!upper.vhd) throw refusal('not-a-disk', `${row.child.name} is no VHD any more.`, { path: child });
        return { ...row, ...balanceOf(upper.vhd, lower.vhd), why: null };
      } finally {
        await above.close();
        await below.close();
      }
    } catch (thrown) {
      const error = asPlatterError(thrown);
      if (error.kind === 'bug' || error.kind === 'cancelled') throw error;
      return { ...row, cost: 0, gain: 0, why: error.message };
    }
  }

  async planExport({ path: leaf }: Input<'export.plan'>, signal: Signal): Promise<ExportAnswer> {
    const { files } = this.#parts;
    const chain = await openChain(leaf, this.#case.lookup, { missingParent: 'holes' }, signal);
    try {
      const { disk, members } = chain;
      const sums = { data: 0, hole: 0, lost: 0, zero: 0 };
      for await (const { state, length } of guestRuns(disk, 0, disk.size, signal)) sums[state] += length;
      const last = members.at(-1);
      const missing = last?.link && (sums.hole > 0 || last.link.path === null);
      return {
        virtualSize: disk.size,
        dataBytes: sums.data,
        holeBytes: sums.hole,
        lostBytes: sums.lost,
        chain: members.map(({ summary }) => fileOf(summary)),
        incomplete: missing ? `The parent of ${last.summary.name} is missing.` : null,
        free: await this.#free(files.folderOf(leaf)),
        suggested: {
          raw: await this.#freeName(leaf, 'export', '.raw'),
          vhd: await this.#freeName(leaf, 'export', '.vhd'),
        },
      };
    } finally {
      await chain.close();
    }
  }

  async export(
    { path: leaf, output, holes, ...how }: Input<'export.run'>,
    context: JobContext<never>,
  ): Promise<ExportResult> {
    await this.#parts.files.info(output);
    const missingParent = holes ? ('holes' as const) : ('refuse' as const);
    const chain = await openChain(leaf, this.#case.lookup, { missingParent }, context.flag);
    try {
      const made = await exportChain(chain, this.#env, {
        ...how,
        output,
        holes,
        progress: (phase, done, total) => context.progress(phase, done, total, 'bytes'),
        signal: context.flag,
      });
      await this.#parts.changed([output], context);
      const holeBytes = made.holes.reduce((sum, { length }) => sum + length, 0);
      return { ...made, output, holes: made.holes.slice(0, MAX_HOLES), holeBytes };
    } finally {
      await chain.close();
    }
  }

  async planRelink(
    { path: child, parent, search, output, reason }: Input<'relink.plan'>,
    signal: Signal,
  ): Promise<RelinkAnswer> {
    const { files } = this.#parts;
    await files.info(child);
    for (const place of [...search, ...(parent === null ? [] : [parent]), ...(output === null ? [] : [output])])
      await files.info(place);
    await searchFolders(files, search);
    const reference = this.#case.images.get(child)?.vhd?.parent;
    const { plan, candidates } = await planRelink(
      {
        child,
        parent,
        search: [...this.#around(child), ...search],
        output,
        acceptIdMismatch: reason,
        signal,
      },
      this.#env,
    );
    const fitting = candidates.filter(({ idMatches }) => idMatches);
    const only = fitting.length === 1 ? (fitting[0]?.path ?? null) : null;
    return {
      planId: this.#desk.keep(plan, reason),
      plan,
      suggestedOutput: await this.#freeName(child, 'relinked', path.extname(child)),
      candidates: candidates.map((one) => ({ ...one, name: files.nameOf(one.path) })),
      chosen: parent ?? only,
      expected: {
        id: reference?.id ?? '',
        name: reference?.name ?? '',
        modified: reference ? vhdTimeToIso(reference.timestamp) : '',
      },
    };
  }
}

function fileOf({ path: at, name }: { path: string; name: string }): NamedFile {
  return { path: at, name };
}

/** What the images above the one folded into hold: bytes, and the child's blocks they are in. */
async function movedBytes({ chain, depth }: PreparedCoalesce, signal: Signal): Promise<CoalesceAnswer['moved']> {
  const upper = new GuestDisk(chain.disk.layers.slice(0, depth), true);
  const blockSize = chain.members[0]?.summary.vhd?.blockSize ?? 2 * 1024 * 1024;
  let bytes = 0;
  let blocks = 0;
  let counted = -1;
  for await (const { at, length, state } of guestRuns(upper, 0, upper.size, signal)) {
    if (state !== 'data') continue;
    bytes += length;
    const first = Math.max(counted + 1, Math.floor(at / blockSize));
    const last = Math.floor((at + length - 1) / blockSize);
    if (last < first) continue;
    blocks += last - first + 1;
    counted = last;
  }
  return { bytes, blocks };
}

const GATES: [CoalesceGate, title: string][] = [
  ['siblings', 'Siblings'],
  ['damage', 'Health'],
  ['suspended', 'Saved state'],
  ['in-use', 'In use'],
  ['growth', 'Size'],
  ['room', 'Room'],
];

/** Every gate, open or shut, both ways; ways out as the window has them. */
function gatesOf(file: PreparedCoalesce, inPlace: PreparedCoalesce): FoldGate[] {
  const copyReasons = coalesceReasons(file.evidence, false);
  const placeReasons = coalesceReasons(inPlace.evidence, true);
  const at = (reasons: readonly CoalesceReason[], gate: CoalesceGate): CoalesceReason[] =>
    reasons.filter((one) => one.gate === gate);
  return GATES.map(([id, title]) => {
    const copy = at(copyReasons, id);
    const place = at(placeReasons, id);
    const shut = place.length > 0 ? place : copy;
    const only = copy.length > 0 && place.length > 0 ? null : place.length > 0 ? 'in-place' : 'copy';
    return {
      id,
      title,
      open: shut.length === 0,
      only: shut.length === 0 ? null : only,
      text:
        shut.length === 0
          ? openText(id, file)
          : shut.map(({ text }) => text.replaceAll(' with --output', '')).join(' '),
      repair: shut.find(({ repair }) => repair !== null)?.repair ?? null,
    };
  });
}

/** What was found at a gate that is open. */
function openText(gate: CoalesceGate, { chain, depth, evidence: { folded, rooms } }: PreparedCoalesce): string {
  const [room] = rooms;
  switch (gate) {
    case 'siblings':
      return 'Nobody else names it as parent.';
    case 'damage':
      return `${folded.at(0)?.member.summary.name ?? ''} and ${depth > 1 ? 'all below it' : (folded.at(-1)?.member.summary.name ?? '')} have no error.`;
    case 'suspended':
      return 'In none of them: no suspended machine expects the disks as they are.';
    case 'in-use':
      return 'No process has the child open for writing.';
    case 'growth':
      return `The guest’s disk of ${formatBytes(chain.disk.size)} fits into the parent.`;
    case 'room':
      return room
        ? `About ${formatBytes(room.needed)} are needed, ${formatBytes(room.free)} are free.`
        : 'Not counted: another gate is shut.';
  }
}
