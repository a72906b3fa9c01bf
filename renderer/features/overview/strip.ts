import type { StructurePart } from '../../../app/contract/types.ts';
import { formatCount } from '../../ui/format.ts';

/** A stretch of the file as the Overview draws it. */
export interface Piece {
  id: string;
  label: string;
  at: number;
  length: number;
  kind: 'structure' | 'blocks' | 'gap' | 'missing';
  /** Field colour, 1 to 10. */
  colour: number;
  /** Pixels it wants; blocks take what is left. */
  width: number;
  tip: string;
}

const LABELS: [prefix: string, label: string, colour: number, width: number][] = [
  ['copy', 'copy', 1, 42],
  ['header', 'header', 7, 50],
  ['bat', 'BAT', 3, 38],
  ['batmap-bits', 'batmap', 5, 54],
  ['batmap', 'batmap', 5, 54],
  ['locator', 'locators', 9, 60],
  ['footer', 'footer', 1, 56],
  ['mbr', 'MBR', 7, 42],
  ['gpt', 'GPT', 3, 42],
];

/**
 * The parts of a file in order, few enough to be read at a glance: neighbouring locators are one, the batmap and its bits are
 * one, and blocks with the gaps between them are one.
 */
export function pieces(parts: readonly StructurePart[]): Piece[] {
  const firstBlocks = parts.findIndex(({ kind }) => kind === 'blocks');
  const lastBlocks = parts.findLastIndex(({ kind }) => kind === 'blocks');
  const out: Piece[] = [];
  for (const [index, part] of parts.entries()) {
    if (index > firstBlocks && index < lastBlocks && (part.kind === 'gap' || part.kind === 'blocks')) continue;
    if (index === lastBlocks && lastBlocks !== firstBlocks) continue;
    const piece = pieceOf(part);
    const before = out.at(-1);
    const joins = before?.label === piece.label && (piece.label === 'locators' || piece.label === 'batmap');
    if (joins && before.kind === piece.kind) {
      before.length = piece.at + piece.length - before.at;
      continue;
    }
    if (index === firstBlocks && lastBlocks !== firstBlocks)
      out.push(allBlocks(parts.slice(firstBlocks, lastBlocks + 1), piece));
    else out.push(piece);
  }
  return out;
}

function pieceOf({ id, title, kind, at, length, state, note }: StructurePart): Piece {
  const tip = [title, note].filter(Boolean).join(': ');
  const found = LABELS.find(([prefix]) => id === prefix || id.startsWith(`${prefix}-`));
  const [, label, colour, width] = found ?? [id, title, 8, 60];
  const base = { id, at, length, tip };
  if (state === 'missing') return { ...base, label, kind: 'missing', colour, width };
  if (kind === 'gap') return { ...base, label: 'gap', kind: 'gap', colour: 8, width: 36 };
  if (kind === 'blocks') return { ...base, label: title, kind: 'blocks', colour: 8, width: 96 };
  return { ...base, label, kind: 'structure', colour, width };
}

function allBlocks(parts: readonly StructurePart[], first: Piece): Piece {
  const blocks = parts.filter(({ kind }) => kind === 'blocks');
  const count = blocks.reduce((sum, { title }) => sum + Number(title.replaceAll(/\D/g, '')), 0);
  const last = parts.at(-1);
  const others = parts.filter(({ kind }) => kind !== 'blocks' && kind !== 'gap').length;
  const label = `${formatCount(count)} blocks`;
  const tip = `${label} in ${formatCount(blocks.length)} runs${others > 0 ? ', with other structures between them' : ''}`;
  return { ...first, label, length: last ? last.at + last.length - first.at : first.length, tip };
}
