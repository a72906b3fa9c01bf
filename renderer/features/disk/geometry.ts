/** How a map of many blocks is laid out as cells. */
export interface MapLayout {
  /** Blocks a cell. */
  per: number;
  columns: number;
  /** Pixels from cell to cell. */
  pitch: number;
  /** Cells in all. */
  cells: number;
  rows: number;
}

/** Pitch where a block or a few share a cell: a cell of 8 pixels and the line beside it. */
export const PITCH = 9;
/** All of a disk is shown with cells as small as this, and not larger than that. */
export const MIN_PITCH = 7;
export const MAX_PITCH = 17;

/** Cells of a row are a multiple of this, so that rows begin at round offsets. */
const STEP = 16;

function columnsIn(width: number, pitch: number): number {
  return Math.max(STEP, Math.floor(width / pitch / STEP) * STEP);
}

function layout(blocks: number, per: number, columns: number, pitch: number): MapLayout {
  const cells = Math.ceil(blocks / per);
  return { per, columns, pitch, cells, rows: Math.ceil(cells / columns) };
}

/**
 * All blocks in the room there is: as few to a cell (a power of two) as fit with small cells, then cells as large as fit.
 */
export function fitLayout(blocks: number, width: number, height: number): MapLayout {
  const room = (pitch: number): number => columnsIn(width, pitch) * Math.max(1, Math.floor(height / pitch));
  let per = 1;
  while (Math.ceil(blocks / per) > room(MIN_PITCH)) per *= 2;
  let pitch = MAX_PITCH;
  while (pitch > MIN_PITCH && Math.ceil(blocks / per) > room(pitch)) pitch -= 1;
  return layout(blocks, per, columnsIn(width, pitch), pitch);
}

/** `per` blocks a cell, whatever height that needs. */
export function zoomedLayout(blocks: number, per: number, width: number): MapLayout {
  return layout(blocks, per, columnsIn(width, PITCH), PITCH);
}

/** Blocks a cell after a step of the zoom: closer is fewer; null where it is at its end. */
export function zoomStep(per: number, step: 'in' | 'out', fit: number): number | null {
  if (step === 'in') return per > 1 ? Math.max(1, per / 2) : null;
  return per < fit ? Math.min(fit, per * 2) : null;
}

/** First block of a cell, and the block after its last. */
export function blocksOf(cell: number, { per }: MapLayout, blocks: number): { from: number; to: number } {
  return { from: cell * per, to: Math.min(blocks, (cell + 1) * per) };
}

/** Where a key takes the cell cursor; null for a key that moves nothing. */
export function moveCell(cell: number, key: string, { columns, cells }: MapLayout, page: number): number | null {
  const column = cell % columns;
  switch (key) {
    case 'ArrowLeft':
      return Math.max(0, cell - 1);
    case 'ArrowRight':
      return Math.min(cells - 1, cell + 1);
    case 'ArrowUp':
      return cell < columns ? cell : cell - columns;
    case 'ArrowDown':
      return cell + columns < cells ? cell + columns : cell;
    case 'PageUp':
      return cell - page * columns < 0 ? column : cell - page * columns;
    case 'PageDown': {
      const down = cell + page * columns;
      return down < cells ? down : Math.min(cells - 1, Math.floor((cells - 1) / columns) * columns + column);
    }
    case 'Home':
      return 0;
    case 'End':
      return cells - 1;
    default:
      return null;
  }
}
