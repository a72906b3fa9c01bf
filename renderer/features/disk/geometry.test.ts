import { describe, expect, it } from 'vitest';
import { blocksOf, fitLayout, MAX_PITCH, moveCell, zoomedLayout, zoomStep } from './geometry.ts';

describe('fitLayout', () => {
  it('shows a small disk with large cells', () => {
    expect(fitLayout(241, 760, 300)).toMatchObject({ per: 1, pitch: MAX_PITCH, columns: 32, rows: 8 });
  });

  it('shares cells among the blocks of a large one', () => {
    expect(fitLayout(10_240, 760, 300)).toMatchObject({ per: 4, columns: 80, rows: 32, pitch: 9, cells: 2560 });
    // a little less room: smaller cells rather than twice the blocks in each
    expect(fitLayout(10_240, 578, 342)).toMatchObject({ per: 4, columns: 64, rows: 40, pitch: 8 });
  });

  it('shows a 2 TiB disk whole', () => {
    const map = fitLayout(1_048_576, 760, 300);
    expect(map.rows * map.pitch).toBeLessThanOrEqual(300);
    expect(map.per).toBe(512);
    expect(blocksOf(map.cells - 1, map, 1_048_576)).toEqual({ from: 1_048_064, to: 1_048_576 });
  });

  it('has rows at round offsets in any window', () => {
    for (const width of [100, 333, 594, 848, 1900]) expect(fitLayout(1_048_576, width, 200).columns % 16).toBe(0);
  });
});

describe('zooming', () => {
  it('goes from all to a block a cell in powers of two', () => {
    expect(zoomStep(512, 'in', 512)).toBe(256);
    expect(zoomStep(1, 'in', 512)).toBeNull();
    expect(zoomStep(256, 'out', 512)).toBe(512);
    expect(zoomStep(512, 'out', 512)).toBeNull();
    expect(zoomedLayout(1_048_576, 1, 760).rows).toBe(13_108);
  });
});

describe('moveCell', () => {
  const map = zoomedLayout(1000, 1, 160);
  it('stays on the map', () => {
    expect(moveCell(0, 'ArrowLeft', map, 5)).toBe(0);
    expect(moveCell(3, 'ArrowUp', map, 5)).toBe(3);
    expect(moveCell(999, 'ArrowRight', map, 5)).toBe(999);
    expect(moveCell(995, 'ArrowDown', map, 5)).toBe(995);
    expect(moveCell(990, 'PageDown', map, 5)).toBe(999);
    expect(moveCell(17, 'PageUp', map, 5)).toBe(1);
    expect(moveCell(5, 'End', map, 5)).toBe(999);
    expect(moveCell(5, 'x', map, 5)).toBeNull();
  });
});
