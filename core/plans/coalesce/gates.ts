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

/** Why a child is not folded into its parent, each with its way out; empty when nothing stands against it. */
export function coalesceRefusals(
  { child, parent, childFindings, parentFindings, siblings, growth, room, writers }: CoalesceEvidence,
  inPlace: boolean,
): string[] {
  const out: string[] = [];
  const childName = child.summary.name;
  const parentName = parent.summary.name;
  for (const [name, findings] of [
    [childName, childFindings],
    [parentName, parentFindings],
  ] as const) {
    const fault = findings.find(({ severity, code }) => severity === 'error' && !code.startsWith('parent.'));
    if (fault) out.push(`${name} is damaged (${fault.code}): ${fault.message} Repair it first.`);
  }
  for (const { path, summary } of [child, parent]) {
    if (summary.vhd?.savedState)
      out.push(
        `${path} belongs to a machine that is suspended: its memory expects the disk as it is. Resume and shut it down first.`,
      );
  }
  for (const { pid, command } of writers)
    out.push(`${childName} is open for writing in process ${pid} (${command}): stop it first.`);
  if (room && room.needed > room.free) {
    out.push(
      `${formatBytes(room.needed)} are needed in ${room.folder}, and ${formatBytes(room.free)} are free: make room, or write to another place with --output.`,
    );
  }
  if (!inPlace) return out;
  if (siblings.length > 0) {
    const names = siblings.map(({ name }) => name).join(', ');
    out.push(
      `${names} ${siblings.length === 1 ? 'is a sibling' : 'are siblings'} of ${childName} over ${parentName}: writing to their parent would change what they read. Write a new file with --output instead.`,
    );
  }
  if (growth !== null) out.push(growth);
  return out;
}
