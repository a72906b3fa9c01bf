import type { ChainMember } from '../../chain/open.ts';
import type { ImageSummary } from '../../chain/summary.ts';
import type { Finding } from '../../findings/finding.ts';
import { formatBytes } from '../../structure/text.ts';

/** Room that is needed in a folder and free there, in bytes. */
export interface FoldRoom {
  /** What takes it: the images, and with them a journal on the same file system; or a journal by itself. */
  what: 'images' | 'journal';
  needed: number;
  free: number;
  folder: string;
}

/** What has to be known before a child is folded into its parent. */
export interface CoalesceEvidence {
  /** What is folded, the child first and what it is folded into last, each with what a check says of it. */
  folded: readonly { member: ChainMember; findings: readonly Finding[] }[];
  /** Other images that name the same parent. */
  siblings: readonly ImageSummary[];
  /** Why the parent, smaller than its child, cannot grow in place; null when it need not or can. */
  growth: string | null;
  /** Empty when not known. */
  rooms: readonly FoldRoom[];
  /** Processes that write to what is folded into another. */
  writers: readonly { name: string; pid: number; command: string }[];
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
  { folded, siblings, growth, rooms, writers }: CoalesceEvidence,
  inPlace: boolean,
): CoalesceReason[] {
  const out: CoalesceReason[] = [];
  const add = (gate: CoalesceGate, text: string, repair: string | null = null): void => {
    out.push({ gate, text, repair });
  };
  for (const { member, findings } of folded) {
    const fault = findings.find(({ severity, code }) => severity === 'error' && !code.startsWith('parent.'));
    if (fault)
      add(
        'damage',
        `${member.summary.name} is damaged (${fault.code}): ${fault.message} Repair it first.`,
        member.path,
      );
  }
  for (const { member } of folded) {
    if (member.summary.vhd?.savedState)
      add(
        'suspended',
        `${member.path} belongs to a machine that is suspended: its memory expects the disk as it is. Resume and shut it down first.`,
      );
  }
  for (const { name, pid, command } of writers)
    add('in-use', `${name} is open for writing in process ${pid} (${command}): stop it first.`);
  for (const { what, needed, free, folder } of rooms) {
    if (needed <= free) continue;
    add(
      'room',
      what === 'images'
        ? `${formatBytes(needed)} are needed in ${folder}, and ${formatBytes(free)} are free: make room, or write to another place with --output.`
        : `${formatBytes(needed)} are needed for the journal in ${folder}, and ${formatBytes(free)} are free: make room, or name another folder with --journal.`,
    );
  }
  if (!inPlace) return out;
  if (siblings.length > 0) {
    const [childName = '', parentName = ''] = [folded.at(0), folded.at(-1)].map((one) => one?.member.summary.name);
    const names = siblings.map(({ name }) => name).join(', ');
    add(
      'siblings',
      `${names} ${siblings.length === 1 ? 'is a sibling' : 'are siblings'} of ${childName} over ${parentName}: writing to their parent would change what they read. Write a new file with --output instead.`,
    );
  }
  if (growth !== null) add('growth', growth);
  return out;
}
