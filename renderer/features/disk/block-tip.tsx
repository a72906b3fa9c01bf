import type { DiskDetail } from '../../../app/contract/types.ts';
import { useAnswer } from '../../state/answer.ts';
import { useClient } from '../../state/client.ts';
import { formatCount, formatSize } from '../../ui/format.ts';
import css from './disk.module.css';
import type { CellLook } from './map-store.ts';
import { OwnerKey, shortOwner } from './owners.tsx';
import { type Share, sharesOf } from './shares.ts';

/** Guest bytes whose runs are asked for to fill a tip. */
const MAX_ASKED = 256 * 1024 * 1024;

const WORDS = { data: '', zero: 'nobody', hole: 'in a missing parent', lost: 'lost' };

/** What a cell of the map stands for, and who holds how much of it. */
export function BlockTip({
  path,
  disk,
  from,
  to,
  look,
}: {
  path: string;
  disk: DiskDetail;
  /** Blocks of the cell: first, and the one after the last. */
  from: number;
  to: number;
  look: CellLook;
}) {
  const client = useClient();
  const at = from * disk.blockSize;
  const length = Math.min(disk.size, to * disk.blockSize) - at;
  const asked = length <= MAX_ASKED;
  const answer = useAnswer(path, `${path} ${from} ${to}`, async (signal): Promise<Share[] | null> => {
    if (!asked) return null;
    const { runs } = await client.call('disk.runs', { path, at, length }, signal);
    return sharesOf(runs);
  });
  return (
    <>
      <div>
        <b>{blockTitle(from, to)}</b> <span className="dim">at {formatSize(at)}</span>
      </div>
      <div className={css.shares}>
        {answer.state === 'ready' && answer.value ? (
          answer.value.map((share) => (
            <ShareLine key={`${share.state}${share.owner ?? ''}`} share={share} disk={disk} />
          ))
        ) : (
          <span className="row dim">
            <OwnerKey owner={look.owner} />
            {look.owner === null
              ? lookWord(look)
              : `${shortOwner(disk.owners[look.owner] ?? { path: '', name: '', role: 'leaf' })}, ${lookWord(look)}`}
          </span>
        )}
      </div>
    </>
  );
}

function ShareLine({ share, disk }: { share: Share; disk: DiskDetail }) {
  const { owner, state, sectors } = share;
  const name = owner === null ? null : disk.owners[owner];
  return (
    <span className="row">
      <OwnerKey owner={state === 'data' ? owner : null} />
      {state === 'data' && name && disk.owners.length > 2 ? <span className="mono">{shortOwner(name)}</span> : null}
      <span>
        {formatCount(sectors)} {sectors === 1 ? 'sector' : 'sectors'}
        {WORDS[state] === '' ? '' : ` ${WORDS[state]}`}
      </span>
    </span>
  );
}

export function blockTitle(from: number, to: number): string {
  return to - from <= 1 ? `block ${formatCount(from)}` : `blocks ${formatCount(from)} – ${formatCount(to - 1)}`;
}

/** What a cell says of its blocks. */
export function lookWord({ state }: CellLook): string {
  switch (state) {
    case null:
      return 'not read yet';
    case 'full':
      return 'full';
    case 'part':
      return 'in part';
    case 'none':
      return 'nobody: reads as zeros';
    case 'hole':
      return 'hole: its parent is missing';
    case 'lost':
      return 'lost: not in the file';
  }
}
