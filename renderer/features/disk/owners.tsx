import type { ChainOwner, DiskDetail } from '../../../app/contract/types.ts';
import { classes } from '../../ui/classes.ts';
import { formatCount, shortenName } from '../../ui/format.ts';
import { ownerClass } from '../../ui/hex/hex-row.tsx';
import css from './disk.module.css';

/** A file's name as short as it can be told apart: the first eight characters of an id, else what fits. */
export function shortOwner({ name }: ChainOwner): string {
  return /^[0-9a-f]{8}(?=-)/i.exec(name)?.[0] ?? shortenName(name, 20);
}

const SHAPES = [css.solid, css.corner, css.dot, css.slot, css.cross, css.hollow];

/** Colour and shape of a file of the chain; `owner` null: nobody. */
export function OwnerKey({ owner }: { owner: number | null }) {
  if (owner === null) return <i className={classes(css.key, css.nobody)} aria-hidden="true" />;
  return <i className={classes(css.key, ownerClass(owner), SHAPES[owner % SHAPES.length])} aria-hidden="true" />;
}

/** Owners named in the legend; a longer chain says how many more there are. */
const NAMED = 6;

/** What the colours and shapes of the map mean. */
export function Legend({ disk }: { disk: DiskDetail }) {
  const more = disk.owners.length - NAMED;
  return (
    <div className={css.legend}>
      {disk.owners.slice(0, NAMED).map((owner, index) => (
        <span key={owner.path} data-tip={owner.path}>
          <OwnerKey owner={index} />
          <span className="mono">{shortOwner(owner)}</span> {disk.owners.length > 1 ? owner.role : null}
        </span>
      ))}
      {more > 0 ? <span className="faint">{formatCount(more)} more, colours from the start</span> : null}
      <span>
        <OwnerKey owner={null} />
        nobody: reads as zeros
      </span>
      {disk.incomplete ? (
        <span>
          <i className={classes(css.key, css.holeKey)} aria-hidden="true" />
          hole: parent missing
        </span>
      ) : null}
      <span className="grow" />
      <span>
        <i className={classes(css.key, css.partKey)} aria-hidden="true" />
        part of the block
      </span>
    </div>
  );
}
