import type { ChainRow } from '../../../app/contract/types.ts';
import { COMMANDS, type Command, isAvailable } from '../../shell/commands.ts';
import { formatCount, formatOffset } from '../../ui/format.ts';
import { parseGoTo } from '../../ui/hex/goto.ts';

export type PaletteItem =
  | { kind: 'image'; id: string; row: ChainRow }
  | { kind: 'offset'; id: string; space: 'file' | 'guest'; at: number; title: string; detail: string }
  | { kind: 'command'; id: string; command: Command };

/** Images listed at most: who wants others types more. */
const MAX_IMAGES = 40;

/** What fits a text: an offset of the current image, commands, and images by name, id or path. */
export function paletteItems(text: string, rows: readonly ChainRow[], current: ChainRow | null): PaletteItem[] {
  const needle = text.trim().toLowerCase();
  const items: PaletteItem[] = [];
  if (current && /^\d/.test(needle)) items.push(...offsetItems(needle, current));
  const images = findImages(needle, rows);
  const commands = COMMANDS.filter(
    (command) => command.id !== 'palette' && isAvailable(command) && fits(command.title.toLowerCase(), needle),
  ).map((command): PaletteItem => ({ kind: 'command', id: `command ${command.id}`, command }));
  // without a question the commands are what one does not know by heart
  return needle === '' ? [...commands, ...images.slice(0, 8)] : [...items, ...images, ...commands];
}

function findImages(needle: string, rows: readonly ChainRow[]): PaletteItem[] {
  const found: { row: ChainRow; rank: number }[] = [];
  for (const row of rows) {
    const rank = needle === '' ? 3 : rankOf(row, needle);
    if (rank < 4) found.push({ row, rank });
  }
  found.sort((a, b) => a.rank - b.rank);
  return found.slice(0, MAX_IMAGES).map(({ row }) => ({ kind: 'image', id: `image ${row.path}`, row }));
}

/** 0 the name begins so, 1 the id does, 2 the name has it, 3 the path has it, 4 nothing does. */
function rankOf({ name, id, path }: ChainRow, needle: string): number {
  const low = name.toLowerCase();
  if (low.startsWith(needle)) return 0;
  if (id?.startsWith(needle)) return 1;
  if (low.includes(needle)) return 2;
  return path.toLowerCase().includes(needle) ? 3 : 4;
}

/** Every word of the question begins a word of the title. */
function fits(title: string, needle: string): boolean {
  const wordsOf = (text: string): string[] => text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
  const asked = wordsOf(needle);
  const words = wordsOf(title);
  return (needle === '' || asked.length > 0) && asked.every((part) => words.some((word) => word.startsWith(part)));
}

/** The offset in the file, and in the guest's disk, where there is one. */
function offsetItems(text: string, { name, fileSize, virtualSize }: ChainRow): PaletteItem[] {
  const items: PaletteItem[] = [];
  const add = (space: 'file' | 'guest', size: number, what: string): void => {
    const parsed = parseGoTo(text, { cursor: 0, size });
    if (!parsed.ok) return;
    const { at } = parsed;
    const title = `Go to ${formatOffset(at)} of ${what}`;
    items.push({ kind: 'offset', id: `offset ${space}`, space, at, title, detail: `byte ${formatCount(at)}, ${name}` });
  };
  add('file', fileSize, 'the file');
  if (virtualSize !== null) add('guest', virtualSize, "the guest's disk");
  return items;
}
