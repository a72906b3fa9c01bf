import type { GuestRun } from '../../core/chain/guest.ts';
import type { OpenChain } from '../../core/chain/open.ts';
import { refusal } from '../../core/errors.ts';
import { blockOffset } from '../../core/formats/vhd/bat.ts';
import { type Signal, throwIfAborted } from '../../core/io/source.ts';
import type { Input } from '../contract/contract.ts';
import type { MapCell } from '../contract/types.ts';
import { breathe } from '../jobs/tasks/task.ts';

const MAX_CELLS = 20_000;
/** Up to this many allocated blocks in the range, their sector bitmaps are read. */
const READ_BITMAPS = 4096;
/** Blocks that are looked at before others get their turn. */
const STRIDE = 32_768;
const FLAT_BLOCK = 1024 * 1024;

const NOBODY = -1;
const HOLE = -2;
const LOST = -3;

/**
 * Who holds the blocks [from, to), `per` blocks a cell. Where the range has at most 4,096 allocated blocks, sector bitmaps are
 * read and `full` and `part` are exact. In a larger range a block counts as held, whole, by the first image of the chain that
 * has it allocated: `full` means allocated, then, and `part` a cell of which only some blocks are.
 */
export async function mapCells(
  chain: OpenChain,
  { from, to, per }: Pick<Input<'disk.map'>, 'from' | 'to' | 'per'>,
  signal: Signal,
): Promise<MapCell[]> {
  const { disk } = chain;
  const leaf = chain.members[0];
  const blockSize = leaf?.image.vhd?.bat ? (leaf.summary.vhd?.blockSize ?? FLAT_BLOCK) : FLAT_BLOCK;
  const end = Math.min(to, Math.ceil(disk.size / blockSize));
  if (Math.ceil((end - from) / per) > MAX_CELLS)
    throw refusal('too-large', `At most ${MAX_CELLS} cells are answered at a time.`);
  const holders = await blockHolders(chain, blockSize, from, end, signal);
  let allocated = 0;
  for (const holder of holders) if (holder >= 0 && !isFlat(chain, holder)) allocated += 1;
  const exact = allocated <= READ_BITMAPS;

  const cells: MapCell[] = [];
  for (let block = from; block < end; block += per) {
    throwIfAborted(signal);
    const last = Math.min(end, block + per);
    const shares = new Shares();
    for (let at = block; at < last; at += 1) {
      const holder = holders[at - from] ?? NOBODY;
      const length = Math.min(blockSize, disk.size - at * blockSize);
      if (exact && holder >= 0 && !isFlat(chain, holder))
        for (const run of await disk.map(at * blockSize, length, signal)) shares.add(holderOf(run), run.length);
      else shares.add(holder, length);
    }
    cells.push(shares.cell(block));
    if (cells.length % 4096 === 0) await breathe();
  }
  return cells;
}

function isFlat({ members }: OpenChain, index: number): boolean {
  return !members[index]?.image.vhd?.bat;
}

function holderOf({ state, owner }: GuestRun): number {
  if (state === 'data') return owner ?? NOBODY;
  return state === 'hole' ? HOLE : state === 'lost' ? LOST : NOBODY;
}

/** For each block the first image of the chain that has it, by the BATs alone. */
async function blockHolders(
  { members, disk }: OpenChain,
  blockSize: number,
  from: number,
  to: number,
  signal: Signal,
): Promise<Int16Array> {
  const holders = new Int16Array(Math.max(0, to - from)).fill(disk.incomplete ? HOLE : NOBODY);
  let steps = 0;
  for (let index = members.length - 1; index >= 0; index -= 1) {
    const layer = disk.layers[index];
    const member = members[index];
    if (!layer || !member) continue;
    const { vhd } = member.image;
    const own = member.summary.vhd?.blockSize ?? blockSize;
    for (let block = from; block < to; block += 1) {
      steps += 1;
      if (steps % STRIDE === 0) {
        await breathe();
        throwIfAborted(signal);
      }
      const at = block * blockSize;
      // past a shorter parent's end nobody holds anything, whatever lies below
      if (at >= layer.size) holders[block - from] = NOBODY;
      else if (!vhd?.bat) holders[block - from] = index;
      else {
        const ownBlock = Math.floor(at / own);
        if (ownBlock >= vhd.bat.entries.length) holders[block - from] = LOST;
        else if (blockOffset(vhd.bat, ownBlock) !== null) holders[block - from] = index;
      }
    }
  }
  return holders;
}

/** Bytes of one cell by holder. */
class Shares {
  readonly #bytes = new Map<number, number>();
  #total = 0;

  add(holder: number, length: number): void {
    this.#bytes.set(holder, (this.#bytes.get(holder) ?? 0) + length);
    this.#total += length;
  }

  cell(block: number): MapCell {
    let owner: number | null = null;
    let most = 0;
    let held = 0;
    for (const [holder, bytes] of this.#bytes) {
      if (holder < 0) continue;
      held += bytes;
      if (bytes > most || (bytes === most && owner !== null && holder < owner)) {
        most = bytes;
        owner = holder;
      }
    }
    const lost = this.#bytes.get(LOST) ?? 0;
    const hole = this.#bytes.get(HOLE) ?? 0;
    // what cannot be read is worth more attention than what can
    const state =
      lost > 0 ? 'lost' : held === this.#total && held > 0 ? 'full' : held > 0 ? 'part' : hole > 0 ? 'hole' : 'none';
    return { block, owner, state };
  }
}
