import { describe, expect, it } from 'vitest';
import { clampTop, maxTop, thumbOf, tickOf, topOfThumb, topToReach, topToShow } from './scroll.ts';

const disk = { count: 2 ** 37, shown: 30.5 };

describe('scrolling lists that no browser could hold', () => {
  it('reaches both ends of a 2 TiB disk with the thumb', () => {
    const track = 600;
    const thumb = thumbOf(0, disk, track);
    expect(thumb?.at).toBe(0);
    expect(topOfThumb(0, disk, track)).toBe(0);
    expect(topOfThumb(track - (thumb?.length ?? 0), disk, track)).toBe(maxTop(disk));
    expect(thumbOf(maxTop(disk), disk, track)?.at).toBe(track - (thumb?.length ?? 0));
  });

  it('gives back the place a thumb was drawn for', () => {
    for (const share of [0.001, 0.25, 0.5, 0.999]) {
      const top = maxTop(disk) * share;
      const thumb = thumbOf(top, disk, 777);
      expect(topOfThumb(thumb?.at ?? 0, disk, 777) / top).toBeCloseTo(1, 9);
    }
  });

  it('still moves by a pixel at 2^53 bytes', () => {
    const huge = { count: 2 ** 49, shown: 40 };
    const top = maxTop(huge) - 1;
    expect(clampTop(top + 1 / 8, huge) - top).toBe(1 / 8);
  });

  it('has no thumb where all is seen', () => {
    expect(thumbOf(0, { count: 10, shown: 10 }, 500)).toBeNull();
    expect(topOfThumb(40, { count: 10, shown: 12 }, 500)).toBe(0);
  });

  it('moves no further than it must to show a line', () => {
    const list = { count: 1000, shown: 20 };
    expect(topToShow(5, 0, list)).toBe(0);
    expect(topToShow(20, 0, list)).toBe(1);
    expect(topToShow(3, 10, list)).toBe(3);
    expect(topToShow(999, 0, list)).toBe(980);
    expect(topToShow(20, 0, list, 2)).toBe(3);
  });

  it('lands a jump a third down, and does not move for what is in view', () => {
    const list = { count: 1000, shown: 30 };
    expect(topToReach(500, 0, list)).toBe(490);
    expect(topToReach(10, 0, list)).toBe(0);
    expect(topToReach(999, 0, list)).toBe(970);
  });

  it('puts ticks between the ends of the track', () => {
    expect(tickOf(0, disk, 600)).toBe(0);
    expect(tickOf(disk.count - 1, disk, 600)).toBe(600);
  });
});
