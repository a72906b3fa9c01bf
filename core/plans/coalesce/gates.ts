import type { ChainMember } from '../../chain/open.ts';
import type { ImageSummary } from '../../chain/summary.ts';
import type { Finding } from '../../findings/finding.ts';
import { formatBytes } from '../../structure/text.ts';

/** What has to be known before a child is folded into its parent. */
export interface CoalesceEvidence {
  child: ChainMember;
  parent: ChainMember;
  childFindings: readonly Finding[];
  parentFindings: readonly Finding[];
  /** Other images that name the same parent. */
  siblings: readonly ImageSummary[];
  /** Why the parent, smaller than its child, cannot grow in place; null when it need not or can. */
  growth: string | null;
  /** Bytes that are needed and free where the result goes; null when not known. */
  room: { needed: number; free: number; folder: string } | null;
  /** Processes that write to the child. */
  writers: readonly { pid: number; command: string }[];
}

export type CoalesceGate = 'damage' | 'suspended' | 'in-use' | 'room' | 'siblings' | 'growth';

/** A gate that is shut. */
export interface CoalesceReason {
  gate: CoalesceGate;
  /** What stands against it and the way out. */
  text: string;
  /** File that has to be repaired first; null where that is no way out. */
  repair: string | null;
}

/** Why a child is not folded into its parent, each with its way out; empty when nothing stands against it. */
export function coalesceRefusals(evidence: CoalesceEvidence, inPlace: boolean): string[] {
  return coalesceReasons(evidence, inPlace).map(({ text }) => text);
}

/** The same, each by the gate it belongs to. */
export function coalesceReasons(
  { child, parent, childFindings, parentFindings, siblings, growth, room, writers }: CoalesceEvidence,
  inPlace: boolean,
): CoalesceReason[] {
  const out: CoalesceReason[] = [];
  const add = (gate: CoalesceGate, text: string, repair: string | null = null): void => {
    out.push({ gate, text, repair });
  };
  const childName = child.summary.name;
  const parentName = parent.summary.name;
  for (const [name, path, findings] of [
    [childName, child.path, childFindings],
    [parentName, parent.path, parentFindings],
  ] as const) {
    const fault = findings.find(({ severity, code }) => severity === 'error' && !code.startsWith('parent.'));
    if (fault) add('damage', `${name} is damaged (${fault.code}): ${fault.message} Repair it first.`, path);
  }
  for (const { path, summary } of [child, parent]) {
    if (summary.vhd?.savedState)
      add(
        'suspended',
        `${path} belongs to a machine that is suspended: its memory expects the disk as it is. Resume and shut it down first.`,
      );
  }
  for (const { pid, command } of writers)
    add('in-use', `${childName} is open for writing in process ${pid} (${command}): stop it first.`);
  if (room && room.needed > room.free) {
    add(
      'room',
      `${formatBytes(room.needed)} are needed in ${room.folder}, and ${formatBytes(room.free)} are free: make room, or write to another place with --output.`,
    );
  }
  if (!inPlace) return out;
  if (siblings.length > 0) {
    const names = siblings.map(({ name }) => name).join(', ');
    add(
      'siblings',
      `${names} ${siblings.length === 1 ? 'is a sibling' : 'are siblings'} of ${childName} over ${parentName}: writing to their parent would change what they read. Write a new file with --output instead.`,
    );
  }
  if (growth !== null) add('growth', growth);
  return out;
}
