import { ChevronLeft, ChevronRight } from 'lucide-react';
import type { ByteRun, DiskDetail } from '../../../app/contract/types.ts';
import { bitmapLength } from '../../../core/formats/vhd/bitmap.ts';
import { useAnswer } from '../../state/answer.ts';
import { useCase } from '../../state/case.ts';
import { useClient } from '../../state/client.ts';
import { type Subject, useView } from '../../state/view.ts';
import { IconButton } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { formatCount, formatOffset, formatSize } from '../../ui/format.ts';
import { ownerClass } from '../../ui/hex/hex-row.tsx';
import { ICON_SMALL } from '../../ui/icons.tsx';
import { OwnerKey, shortOwner } from '../disk/owners.tsx';
import { type Share, sharesOf } from '../disk/shares.ts';
import { useDiskDetail } from '../hex/use-disk.ts';
import { blockSentence } from './block-words.ts';
import css from './inspector.module.css';
import { Pair, Pairs, Part, Specification, SubjectHead } from './parts.tsx';

const ROLES = { leaf: 'Leaf', parent: 'Parent', base: 'Base' };

/** Files named; in a longer chain only those that hold something of the block are. */
const MAX_NAMED = 4;

/** A block of the guest's disk: who holds it, and where. */
export function BlockSubject({ subject }: { subject: Extract<Subject, { kind: 'block' }> }) {
  const { path, block } = subject;
  const client = useClient();
  const rev = useCase((state) => state.chains.rev);
  const disk = useDiskDetail(path).value;
  const at = block * (disk?.blockSize ?? 0);
  const length = disk ? Math.min(disk.blockSize, disk.size - at) : 0;
  const answer = useAnswer(path, `${path} ${at} ${length} ${rev}`, async (signal) => {
    if (length <= 0) return null;
    return { block, ...(await client.call('disk.runs', { path, at, length }, signal)) };
  });
  if (!disk) return <SubjectHead title={`block ${formatCount(block)}`} />;
  const runs = answer.value?.block === block ? answer.value.runs : null;
  const shares = runs ? sharesOf(runs) : null;
  const first = at / 512;
  const sectors = Math.ceil(length / 512);
  const step = (to: number): void => useView.getState().inspect({ kind: 'block', path, block: to });
  return (
    <>
      <div className={css.headRow}>
        <SubjectHead title={`block ${formatCount(block)}`}>
          LBA {formatCount(first)} – {formatCount(first + sectors - 1)}
        </SubjectHead>
        <span className={css.steps}>
          <IconButton label="Block before" isDisabled={block === 0} onPress={() => step(block - 1)}>
            <ChevronLeft size={ICON_SMALL} />
          </IconButton>
          <IconButton label="Block after" isDisabled={block >= disk.blocks - 1} onPress={() => step(block + 1)}>
            <ChevronRight size={ICON_SMALL} />
          </IconButton>
        </span>
      </div>
      {shares && runs ? (
        <>
          <p>{blockSentence(shares, disk.owners)}</p>
          <Holders disk={disk} shares={shares} />
          <Sectors runs={runs} at={at} length={length} sectors={sectors} />
          <Stored disk={disk} runs={runs} at={at} />
        </>
      ) : null}
      <Pairs>
        <Pair label="Guest at" mono tip={`${formatCount(at)} bytes`}>
          {formatOffset(at)}
        </Pair>
        <Pair label="Size">{formatSize(length)}</Pair>
      </Pairs>
      <Specification text="Virtual Hard Disk Image Format Specification 1.0, Block Allocation Table and Data Blocks" />
    </>
  );
}

function Holders({ disk, shares }: { disk: DiskDetail; shares: readonly Share[] }) {
  const count = (owner: number): number =>
    shares.find((one) => one.state === 'data' && one.owner === owner)?.sectors ?? 0;
  const deepest = Math.max(-1, ...shares.filter(({ state }) => state === 'data').map(({ owner }) => owner ?? -1));
  const lost = (owner: number): number =>
    shares.find((one) => one.state === 'lost' && one.owner === owner)?.sectors ?? 0;
  const rest = shares.filter(({ state, owner }) => state !== 'data' && (state !== 'lost' || owner === null));
  const named = disk.owners
    .map((owner, index) => ({ owner, index, sectors: count(index), gone: lost(index) }))
    .filter(({ sectors, gone }) => disk.owners.length <= MAX_NAMED || sectors + gone > 0);
  return (
    <Pairs>
      {named.map(({ owner, index, sectors, gone }) => (
        <Pair key={owner.path} label={disk.owners.length === 1 ? 'File' : ROLES[owner.role]} tip={owner.path}>
          {sectors > 0 ? (
            <span className={css.inline}>
              <OwnerKey owner={index} />
              <span className="mono">{shortOwner(owner)}</span>
              <span className="dim">
                {formatCount(sectors)} sectors{gone > 0 ? `, ${formatCount(gone)} lost` : ''}
              </span>
            </span>
          ) : gone > 0 ? (
            <span className={css.inline}>
              <OwnerKey owner={null} />
              <span className="dim">{formatCount(gone)} sectors belong here and are lost</span>
            </span>
          ) : (
            <span className="faint">
              {index > deepest && deepest >= 0 ? 'hidden by those above' : 'holds none of it'}
            </span>
          )}
        </Pair>
      ))}
      {rest.map(({ state, sectors }) => (
        <Pair key={state} label={state === 'zero' ? 'Nobody' : state === 'hole' ? 'Hole' : 'Lost'}>
          <span className={css.inline}>
            <OwnerKey owner={null} />
            <span className="dim">{formatCount(sectors)} sectors</span>
          </span>
        </Pair>
      ))}
    </Pairs>
  );
}

/** The block from its first sector to its last, coloured by who holds it. */
function Sectors({
  runs,
  at,
  length,
  sectors,
}: {
  runs: readonly ByteRun[];
  at: number;
  length: number;
  sectors: number;
}) {
  return (
    <Part title="Sectors of the block" apart={false}>
      <div className={css.strip} role="img" aria-label={`${runs.length} runs of sectors`}>
        {runs.map((run) => (
          <span
            key={run.at}
            className={classes(
              css.run,
              run.state === 'data' && ownerClass(run.owner ?? 0),
              run.state === 'data' ? css.held : run.state === 'zero' ? css.empty : css.hole,
            )}
            style={{ left: `${((run.at - at) / length) * 100}%`, width: `${(run.length / length) * 100}%` }}
            data-tip={`sectors ${formatCount((run.at - at) / 512)} – ${formatCount((run.at - at + run.length) / 512 - 1)}`}
          />
        ))}
      </div>
      <div className={css.ends}>
        <span>0</span>
        <span>{formatCount(sectors - 1)}</span>
      </div>
    </Part>
  );
}

/** Where each file keeps its part of the block: from its bitmap on where it has one. */
function Stored({ disk, runs, at }: { disk: DiskDetail; runs: readonly ByteRun[]; at: number }) {
  const rows = useCase((state) => state.chains.byPath);
  const starts = new Map<number, number>();
  for (const run of runs)
    if (run.owner !== null && run.fileOffset !== null && !starts.has(run.owner))
      starts.set(run.owner, run.fileOffset - (run.at - at));
  if (starts.size === 0) return null;
  const held = [...starts].map(([index, start]) => ({ owner: disk.owners[index], start }));
  // only files cut into the same blocks keep this one in one piece, behind its bitmap
  const alike = held.every(({ owner }) => {
    const row = owner && rows.get(owner.path);
    return row?.kind !== 'fixed' && row?.blocks?.total === disk.blocks;
  });
  const bitmap = alike ? bitmapLength(disk.blockSize) : 0;
  return (
    <Part title={alike ? 'Where it is stored' : 'Where its data is stored'}>
      <Pairs>
        {held.map(({ owner, start }) =>
          owner ? (
            <Pair
              key={owner.path}
              label={disk.owners.length === 1 ? 'File' : ROLES[owner.role]}
              mono
              tip={`${owner.path}\n${formatCount(start - bitmap)}`}
            >
              {formatOffset(start - bitmap)}
            </Pair>
          ) : null,
        )}
        {alike ? (
          <Pair label={held.length > 1 ? 'At each' : 'There'}>
            <span className={css.wrap}>
              bitmap {formatSize(bitmap)}, then {formatSize(disk.blockSize)}
            </span>
          </Pair>
        ) : null}
      </Pairs>
    </Part>
  );
}
