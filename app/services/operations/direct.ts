import { applyInPlace } from '../../../core/apply/apply.ts';
import type { ApplyEnvironment } from '../../../core/apply/environment.ts';
import { refusal } from '../../../core/errors.ts';
import type { ByteSource } from '../../../core/io/source.ts';
import type { Draft } from '../../../core/plans/draft.ts';
import { type PlanKind, stepsOf } from '../../../core/plans/plan.ts';

/**
 * Applies the edits of a draft in place, on the same engine as every plan: journal (in Platter's own folder, so that a
 * script finds nothing new beside its images), compare, write, read back, log. Nothing happens when nothing changes.
 */
export async function applyDraft(
  path: string,
  draft: Draft,
  kind: PlanKind,
  source: ByteSource,
  env: ApplyEnvironment,
  journal: string,
): Promise<void> {
  if (draft.edits.length === 0) return;
  const stamp = await env.files.stamp(path);
  if (!stamp) throw refusal('not-found', `${path} is not there.`, { path });
  await env.files.makeFolder(journal);
  await applyInPlace(
    {
      schema: 'platter.plan/1',
      kind,
      strategy: '',
      strategies: [],
      notes: [],
      target: path,
      targets: [{ path, identity: stamp.identity, size: stamp.size, modifiedNs: stamp.modifiedNs, metadata: [] }],
      steps: stepsOf(draft.edits, path),
      copies: [],
      lost: [],
      lossy: false,
      draftOnly: false,
      risks: [],
      refusals: [],
      alternatives: [],
      findingsBefore: [],
      findingsAfter: [],
      sizeBefore: source.size,
      sizeAfter: draft.size,
      journalBytes: 0,
    },
    env,
    // vhd-util follows links and does not ask for names
    { acceptLoss: false, allowHardLinks: true, journal, note: 'by the vhd-util face' },
  );
}
