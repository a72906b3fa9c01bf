/** One line of a hex view. */
export type Line =
  /** Up to 16 bytes. */
  | { kind: 'bytes'; at: number; length: number }
  /** What heads the bytes from `at` on, as the owner of a sector. */
  | { kind: 'head'; at: number }
  /** Bytes that are not worth lines of their own. */
  | { kind: 'fold'; at: number; length: number; note: string };

/** The lines of a view, found by number or by byte without going through them. */
export interface Lines {
  readonly count: number;
  /** First byte, and the byte after the last. */
  readonly start: number;
  readonly end: number;
  line(index: number): Line;
  /** Line that shows the byte, or that stands for it. */
  indexOf(at: number): number;
}

export const ROW = 16;
export const SECTOR = 512;

/** Rows of 16 bytes from `start`. */
export function plainLines(start: number, length: number): Lines {
  const end = start + length;
  return {
    count: Math.ceil(length / ROW),
    start,
    end,
    line(index) {
      const at = start + index * ROW;
      return { kind: 'bytes', at, length: Math.min(ROW, end - at) };
    },
    indexOf: (at) => Math.floor((Math.min(Math.max(at, start), end - 1) - start) / ROW),
  };
}

const PER_SECTOR = 1 + SECTOR / ROW;

/** Rows of a disk of `size` bytes with a head before each sector. */
export function sectorLines(size: number): Lines {
  const whole = Math.floor(size / SECTOR);
  const rest = size - whole * SECTOR;
  return {
    count: whole * PER_SECTOR + (rest === 0 ? 0 : 1 + Math.ceil(rest / ROW)),
    start: 0,
    end: size,
    line(index) {
      const sector = Math.floor(index / PER_SECTOR);
      const inside = index - sector * PER_SECTOR;
      if (inside === 0) return { kind: 'head', at: sector * SECTOR };
      const at = sector * SECTOR + (inside - 1) * ROW;
      return { kind: 'bytes', at, length: Math.min(ROW, size - at) };
    },
    indexOf(at) {
      const known = Math.min(Math.max(at, 0), Math.max(0, size - 1));
      const sector = Math.floor(known / SECTOR);
      return sector * PER_SECTOR + 1 + Math.floor((known - sector * SECTOR) / ROW);
    },
  };
}

/** A stretch that may fold: whole rows of it become one line. */
export interface Foldable {
  at: number;
  length: number;
  note: string;
}

/** Rows of 16 bytes from `start` with `folds` (apart, in order) taken out of them; a fold must begin and end on a row. */
export function foldedLines(start: number, length: number, folds: readonly Foldable[]): Lines {
  const lines: Line[] = [];
  const end = start + length;
  let next = 0;
  for (let at = start; at < end; ) {
    const fold = folds[next];
    if (fold?.at === at) {
      lines.push({ kind: 'fold', ...fold });
      at += fold.length;
      next += 1;
    } else {
      lines.push({ kind: 'bytes', at, length: Math.min(ROW, end - at) });
      at += ROW;
    }
  }
  return {
    count: lines.length,
    start,
    end,
    line: (index) => lines[index] ?? { kind: 'fold', at: end, length: 0, note: '' },
    indexOf(at) {
      let low = 0;
      let high = lines.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((lines[middle]?.at ?? 0) <= at) low = middle;
        else high = middle - 1;
      }
      return low;
    },
  };
}
