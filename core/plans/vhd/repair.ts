import { mergeExtents } from '../../findings/extents.ts';
import type { Finding, RepairStrategy } from '../../findings/finding.ts';
import { metadataEnd, readVhd, type VhdImage } from '../../formats/vhd/read.ts';
import type { FileStamp } from '../../io/sink.ts';
import type { ByteSource, Signal } from '../../io/source.ts';
import { Draft } from '../draft.ts';
import { type Plan, type Step, type StrategyNote, stepsOf, undoLength } from '../plan.ts';
import { LADDER } from './ladder.ts';
import type { Strategy, StrategyResult, Surroundings } from './strategy.ts';

export interface RepairRequest {
  /** Absolute path of the image. */
  path: string;
  source: ByteSource;
  stamp: FileStamp;
  surroundings: Surroundings;
  /** Strategies in this order and no others; null for the recommended ones. */
  strategies: readonly RepairStrategy[] | null;
  /** All findings of the image as it would be: the draft's own, and those of its chain. */
  check: (draft: ByteSource) => Promise<Finding[]>;
  sha256: (bytes: Uint8Array) => string;
  signal?: Signal | undefined;
}

/** More rounds than any damage needs: a guard against two strategies that undo each other. */
const MAX_ROUNDS = 12;

/** Plans a repair: which bytes to write where and why, what is lost by it, and what would still be wrong afterwards. */
export async function planRepair(request: RepairRequest): Promise<Plan> {
  const { path, source, stamp, surroundings, signal } = request;
  const draft = new Draft(source);
  const findingsBefore = await request.check(draft);
  let findings = findingsBefore;
  const taken: { strategy: Strategy; result: StrategyResult }[] = [];
  const refusals = new Map<RepairStrategy, string>();
  const queue = request.strategies ? [...request.strategies] : null;

  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const image = await readVhd(draft, signal);
    const strategy = queue
      ? byId(queue.shift())
      : recommended(findings, (id) => refusals.has(id) || taken.some((one) => one.strategy.id === id));
    if (!strategy) break;
    const edits = draft.edits.length;
    const result = await strategy.plan({ path, draft, image, findings, surroundings, asked: queue !== null, signal });
    if ('refused' in result) {
      refusals.set(strategy.id, result.refused);
      if (queue) break;
      continue;
    }
    if (draft.edits.length === edits) {
      refusals.set(strategy.id, 'There is nothing for it to change.');
      continue;
    }
    taken.push({ strategy, result });
    findings = await request.check(draft);
  }
  const image = await readVhd(source, signal);
  return assemble(request, stamp, image, draft, taken, refusals, findingsBefore, findings);
}

function byId(id: RepairStrategy | undefined): Strategy | undefined {
  return LADDER.find((strategy) => strategy.id === id);
}

/** Worth repairing without being asked: what is wrong, and the one legal oddity that other tools stumble over. */
function wantsRepair({ severity, code }: Finding): boolean {
  return severity !== 'info' || code === 'footer.short';
}

function recommended(findings: readonly Finding[], tried: (id: RepairStrategy) => boolean): Strategy | undefined {
  const wanted = new Set(findings.filter(wantsRepair).flatMap(({ repairs }) => repairs));
  return LADDER.find((strategy) => strategy.byDefault && wanted.has(strategy.id) && !tried(strategy.id));
}

async function assemble(
  request: RepairRequest,
  stamp: FileStamp,
  image: VhdImage,
  draft: Draft,
  taken: { strategy: Strategy; result: StrategyResult }[],
  refusals: ReadonlyMap<RepairStrategy, string>,
  findingsBefore: Finding[],
  findingsAfter: Finding[],
): Promise<Plan> {
  const { path, source } = request;
  const lost = mergeExtents(
    taken.flatMap(({ result }) => result.lost ?? []),
    image.virtualSize ?? Number.MAX_SAFE_INTEGER,
  );
  const lossy = taken.some(({ result }) => result.lossy === true);
  const steps = stepsOf(draft.edits, path);
  if (steps.length > 0 && !lossy && lost.length === 0) steps.push(keepTime(path, stamp));
  const risks = taken.flatMap(({ result }) => result.risks ?? []);
  if (taken.some(({ result }) => result.draftOnly))
    risks.push('A draft: it is written to a new file only, and has to be looked at before it is used.');
  const suspended =
    (image.footer?.value.savedState ?? 0) !== 0 || findingsBefore.some(({ code }) => code === 'chain.saved-state');
  if (suspended && steps.length > 0)
    risks.push(
      'It belongs to a suspended machine, whose memory expects the disk as it is: shut the machine down first.',
    );
  const used = new Set(taken.map(({ strategy }) => strategy.id));
  return {
    schema: 'platter.plan/1',
    kind: 'repair',
    strategy: taken[0]?.strategy.id ?? '',
    strategies: taken.map(({ strategy }) => strategy.id),
    notes: taken.map(({ strategy, result }) => noteOf(strategy, result.confidence)),
    target: path,
    targets: [await fingerprint(path, source, stamp, image, request.sha256)],
    steps,
    copies: [],
    lost,
    lossy,
    draftOnly: taken.some(({ result }) => result.draftOnly === true),
    risks,
    refusals: reasons(refusals, findingsAfter),
    alternatives: alternatives(findingsBefore, used),
    findingsBefore,
    findingsAfter,
    sizeBefore: source.size,
    sizeAfter: draft.size,
    journalBytes: steps.reduce((sum, step) => sum + undoLength(step), 0),
  };
}

function noteOf({ id, does, keeps }: Strategy, confidence: StrategyNote['confidence']): StrategyNote {
  return { id, confidence, does, keeps };
}

/** A repair that keeps the guest's view must keep the time too: children compare it with the one they remember. */
function keepTime(file: string, stamp: FileStamp): Step {
  return {
    action: 'times',
    file,
    offset: 0,
    before: null,
    after: null,
    length: 0,
    why: 'The guest’s view stays the same, so the modification time does: children compare it.',
    field: null,
    structure: null,
    modifiedNs: stamp.modifiedNs,
  };
}

/** Why what is still wrong stays so: a strategy's own reason, or that none is known. */
function reasons(refusals: ReadonlyMap<RepairStrategy, string>, left: readonly Finding[]): string[] {
  const out: string[] = [];
  const add = (text: string): void => {
    if (!out.includes(text)) out.push(text);
  };
  for (const finding of left) {
    if (finding.severity === 'info') continue;
    const known = finding.repairs.filter((id) => refusals.has(id));
    for (const id of known) add(`${finding.code}: ${refusals.get(id) ?? ''}`);
    if (known.length === 0 && finding.repairs.length === 0) {
      add(
        `${finding.code}: ${finding.prognosis === 'decision' ? 'A person has to decide; nothing is done by default.' : 'No repair is known for it.'}`,
      );
    }
    if (known.length === 0 && finding.repairs.length > 0)
      add(`${finding.code}: not done without being asked for; ${finding.repairs.join(', ')} would apply.`);
  }
  return out;
}

function alternatives(findings: readonly Finding[], used: ReadonlySet<RepairStrategy>): StrategyNote[] {
  const named = new Set(findings.flatMap(({ repairs }) => repairs));
  return LADDER.filter(({ id }) => named.has(id) && !used.has(id)).map((strategy) => noteOf(strategy, 'likely'));
}

/** Metadata up to here is hashed; a BAT larger than this is compared by the steps that touch it. */
const MAX_METADATA = 8 * 1024 * 1024;

async function fingerprint(
  path: string,
  source: ByteSource,
  stamp: FileStamp,
  image: VhdImage,
  sha256: (bytes: Uint8Array) => string,
): Promise<Plan['targets'][number]> {
  const head = Math.min(metadataEnd(image), MAX_METADATA, source.size);
  const tail = Math.max(head, source.size - 1024);
  const extents = [
    { at: 0, length: head },
    { at: tail, length: source.size - tail },
  ].filter(({ length }) => length > 0);
  const metadata = [];
  for (const { at, length } of extents) metadata.push({ at, length, sha256: sha256(await source.read(at, length)) });
  return { path, identity: stamp.identity, size: stamp.size, modifiedNs: stamp.modifiedNs, metadata };
}
