import type { ExportAnswer } from '../../../app/contract/types.ts';
import type { ExportFormat } from '../../../core/export/formats.ts';
import { plural, shortenName } from '../../ui/format.ts';
import type { Phase } from '../wizard/run-step.tsx';

export const STEPS = [
  { id: 'what', title: 'What' },
  { id: 'format', title: 'Format' },
  { id: 'run', title: 'Run' },
  { id: 'proof', title: 'Proof' },
] as const;
export type StepId = (typeof STEPS)[number]['id'];

export type Kind = ExportFormat | 'azure';

export interface Choice {
  kind: Kind;
  flavour: 'xenserver' | 'hyperv';
  /** Null: the suggested name, which follows the format. */
  output: string | null;
  /** Zeros for what a missing parent would hold. */
  holes: boolean;
  hash: boolean;
}

export const DEFAULTS: Choice = { kind: 'raw', flavour: 'xenserver', output: null, holes: false, hash: true };

export const KINDS: { id: Kind; label: string; text: string }[] = [
  {
    id: 'raw',
    label: 'Raw',
    text: 'The guest’s bytes and nothing else. Zeros take no room where the file system can leave holes.',
  },
  {
    id: 'vhd-dynamic',
    label: 'Dynamic VHD',
    text: 'Blocks of zeros are left out; block data starts on 4 KiB. One image without a parent, with a new id.',
  },
  {
    id: 'vhd-fixed',
    label: 'Fixed VHD',
    text: 'The raw disk with a footer behind it. One image without a parent, with a new id.',
  },
  { id: 'azure', label: 'Fixed VHD for Azure', text: 'The same, padded with zeros to whole MiB, as Azure takes it.' },
];

export function outputOf({ kind, output }: Choice, answer: ExportAnswer): string {
  return output ?? (kind === 'raw' ? answer.suggested.raw : answer.suggested.vhd);
}

/** Bytes that the new file takes at most. */
export function neededBytes({ kind }: Choice, { dataBytes, virtualSize }: ExportAnswer): number {
  return kind === 'raw' || kind === 'vhd-dynamic' ? dataBytes : Math.min(virtualSize, dataBytes);
}

/** Why it cannot be exported as it is chosen; null when it can. */
export function whyNotExport(answer: ExportAnswer | null, choice: Choice, step: StepId): string | null {
  if (!answer) return 'It is being looked at.';
  if (answer.lostBytes > 0) return 'Bytes are lost: repair it first.';
  if (answer.holeBytes > 0 && !choice.holes) return 'Its parent is missing: relink it, or ask for zeros.';
  if (step !== 'format') return null;
  if (outputOf(choice, answer).trim() === '') return 'Name the new file.';
  const needed = neededBytes(choice, answer);
  return answer.free !== null && needed > answer.free ? 'There is too little room.' : null;
}

export function phasesOf(hash: boolean): Phase[] {
  const write = { id: 'Writing', title: hash ? 'Write and hash' : 'Write' };
  return hash ? [write, { id: 'Reading back', title: 'Read it back and compare' }] : [write];
}

/** "leaf.vhd alone", "leaf.vhd and 2 images below it". */
export function chainText({ chain }: ExportAnswer): string {
  const [leaf] = chain;
  if (!leaf) return '';
  return chain.length === 1
    ? `${shortenName(leaf.name, 24)} alone`
    : `${shortenName(leaf.name, 24)} and ${plural(chain.length - 1, 'image')} below it`;
}
