import { describe, expect, test } from 'vitest';
import { chainRow } from '../../testing/rows.ts';
import { paletteItems } from './results.ts';

const rows = [
  chainRow({ name: 'cfe206b7-cacb.vhd', id: '11111111-2222-3333-4444-555555555555' }),
  chainRow({ name: '7046409c-f1c2.vhd', id: 'cfe20000-0000-0000-0000-000000000000' }),
  chainRow({ name: 'other.vhd', path: '/cfe2/other.vhd' }),
];
const titles = (text: string): string[] =>
  paletteItems(text, rows, rows[0]!).map((item) =>
    item.kind === 'image' ? item.row.name : item.kind === 'offset' ? item.title : item.command.title,
  );

describe('the palette', () => {
  test('images by name first, then by id, then by path', () => {
    expect(titles('cfe2')).toEqual(['cfe206b7-cacb.vhd', '7046409c-f1c2.vhd', 'other.vhd']);
  });

  test('an offset goes to the file or to the disk, where it lies in them', () => {
    expect(titles('0x200').slice(0, 2)).toEqual(['Go to 0x200 of the file', "Go to 0x200 of the guest's disk"]);
    expect(titles('8s')[0]).toBe('Go to 0x1000 of the file');
    // beyond the end of the file, inside the disk
    expect(titles('0x200000').slice(0, 1)).toEqual(["Go to 0x200000 of the guest's disk"]);
  });

  test('commands by the beginnings of their words', () => {
    expect(titles('key sh')).toEqual(['Keyboard shortcuts']);
    expect(titles('dark')).toEqual(['Dark colours']);
  });

  test('nothing fits nonsense', () => {
    expect(titles('zzzz')).toEqual([]);
  });
});
