import type { ByteRun } from '../../../app/contract/types.ts';

/** Sectors of a range by who holds them. */
export interface Share {
  /** Index in the chain; null for nobody, and for holes. */
  owner: number | null;
  state: ByteRun['state'];
  sectors: number;
}

/** Adds up runs: files of the chain first, leaf first, then nobody, holes and what is lost. */
export function sharesOf(runs: readonly ByteRun[]): Share[] {
  const by = new Map<string, Share>();
  for (const { owner, state, length } of runs) {
    const key = `${state}${owner ?? ''}`;
    const known = by.get(key);
    const sectors = Math.ceil(length / 512);
    if (known) known.sectors += sectors;
    else by.set(key, { owner, state, sectors });
  }
  const rank = ({ state, owner }: Share): number =>
    state === 'data' ? (owner ?? 0) : 1e6 + ['lost', 'hole', 'zero'].indexOf(state);
  return [...by.values()].sort((a, b) => rank(a) - rank(b));
}

/** Files that hold something of the range, leaf first. */
export function holdersOf(shares: readonly Share[]): number[] {
  return shares.filter(({ state }) => state === 'data').map(({ owner }) => owner ?? 0);
}
