import { describe, expect, it } from 'vitest';
import { moveCursor, selectionOf } from './cursor.ts';

const range = { start: 0x1fb, end: 0x1fb + 511, page: 4 };
const press = (at: number, key: string, { shift = false, ctrl = false } = {}, anchor = at) =>
  moveCursor({ at, anchor }, { key, shift, ctrl }, range);

describe('moveCursor', () => {
  it('stays inside', () => {
    expect(press(0x1fb, 'ArrowLeft')?.at).toBe(0x1fb);
    expect(press(0x1fb, 'ArrowUp')?.at).toBe(0x1fb);
    expect(press(range.end - 1, 'ArrowRight')?.at).toBe(range.end - 1);
    expect(press(range.end - 1, 'ArrowDown')?.at).toBe(range.end - 1);
  });

  it('keeps its column over pages', () => {
    expect(press(0x1fb + 5, 'PageDown')?.at).toBe(0x1fb + 5 + 64);
    expect(press(0x1fb + 5 + 64, 'PageUp')?.at).toBe(0x1fb + 5);
    expect(press(range.start + 490 + 5, 'PageDown')?.at).toBe(range.start + 496 - 16 + 15);
    expect(press(range.start + 16 + 3, 'PageUp')?.at).toBe(range.start + 3);
  });

  it('goes to the ends of the row and of everything', () => {
    expect(press(0x1fb + 20, 'Home')?.at).toBe(0x1fb + 16);
    expect(press(0x1fb + 20, 'End')?.at).toBe(0x1fb + 31);
    expect(press(0x1fb + 20, 'Home', { ctrl: true })?.at).toBe(0x1fb);
    expect(press(0x1fb + 20, 'End', { ctrl: true })?.at).toBe(range.end - 1);
  });

  it('selects with Shift, and lets go without', () => {
    const grown = press(0x1fb + 20, 'ArrowDown', { shift: true });
    expect(grown && selectionOf(grown)).toEqual({ at: 0x1fb + 20, length: 17 });
    const back = grown && moveCursor(grown, { key: 'ArrowLeft', shift: false, ctrl: false }, range);
    expect(back && selectionOf(back).length).toBe(1);
  });

  it('leaves other keys alone', () => {
    expect(press(0x1fb, 'a')).toBeNull();
  });
});
