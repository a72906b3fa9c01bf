import type { MapCell } from '../../../app/contract/types.ts';
import { ChunkLoader } from '../../ui/hex/loader.ts';

export type CellState = MapCell['state'];

/** What a cell shows; `state` null while it is not known. */
export interface CellLook {
  state: CellState | null;
  owner: number | null;
}

export const UNKNOWN: CellLook = { state: null, owner: null };

/** Cells of one request's part. */
export const TILE = 2048;

export type ReadCells = (from: number, to: number, per: number, signal: AbortSignal) => Promise<readonly MapCell[]>;

type Tile = readonly CellLook[];

/** The block map of a disk at every scale, read as it comes into view; the coarser scale stands in for what is not here yet. */
export class MapStore {
  readonly blocks: number;
  readonly #read: ReadCells;
  readonly #levels = new Map<number, ChunkLoader<Tile>>();
  readonly #listeners = new Set<() => void>();
  #version = 0;

  constructor(blocks: number, read: ReadCells) {
    this.blocks = blocks;
    this.#read = read;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    for (const level of this.#levels.values()) level.wake();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) for (const level of this.#levels.values()) level.rest();
    };
  };

  version = (): number => this.#version;

  /** Says which cells of a scale are looked at; other scales are not read meanwhile. */
  want(per: number, first: number, last: number): void {
    for (const [scale, level] of this.#levels) if (scale !== per) level.rest();
    const level = this.#level(per);
    level.wake();
    level.want(Math.floor(first / TILE), Math.floor(last / TILE));
  }

  /** What is known of a cell. */
  look(per: number, cell: number): CellLook {
    const exact = this.#known(per, cell);
    if (exact) return exact;
    for (let coarse = per * 2; coarse <= this.blocks * 2; coarse *= 2) {
      const found = this.#levels.has(coarse) && this.#known(coarse, Math.floor((cell * per) / coarse));
      if (found) return found;
    }
    return UNKNOWN;
  }

  /** Why a cell could not be read; null when it could, or nobody tried. */
  error(per: number, cell: number): string | null {
    return this.#levels.get(per)?.peek(Math.floor(cell / TILE))?.error ?? null;
  }

  #known(per: number, cell: number): CellLook | null {
    const index = Math.floor(cell / TILE);
    return this.#levels.get(per)?.peek(index)?.value?.[cell - index * TILE] ?? null;
  }

  #level(per: number): ChunkLoader<Tile> {
    const known = this.#levels.get(per);
    if (known) return known;
    const level = new ChunkLoader<Tile>({
      load: async (first, count, signal) => {
        const from = first * TILE * per;
        const cells = await this.#read(from, Math.min(this.blocks, (first + count) * TILE * per), per, signal);
        return Array.from({ length: count }, (_, index) => cells.slice(index * TILE, (index + 1) * TILE));
      },
      // 64 tiles are 131,072 cells: more than twenty screens
      keep: 64,
      join: 4,
      changed: () => {
        this.#version += 1;
        for (const listener of [...this.#listeners]) listener();
      },
    });
    this.#levels.set(per, level);
    return level;
  }
}
