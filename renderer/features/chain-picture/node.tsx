import { EyeOff } from 'lucide-react';
import { memo, type ReactNode } from 'react';
import { classes } from '../../ui/classes.ts';
import { formatBytes, formatCount, formatSize, plural, shortenName } from '../../ui/format.ts';
import { HealthGlyph, ICON_SMALL } from '../../ui/icons.tsx';
import { healthOf } from '../chains/tree.ts';
import type { Box } from './layout.ts';
import css from './picture.module.css';

/** Characters of a name that fit into a box. */
const NAME = 22;

interface NodeProps {
  box: Box;
  domId: string;
  isSelected: boolean;
  isMarked: boolean;
}

function PictureNode({ box, domId, isSelected, isMarked }: NodeProps) {
  if (!box.row) return <MissingNode box={box} />;
  const { row, x, y, width, height, children } = box;
  const health = healthOf(row);
  const middle = y + height / 2;
  const share = row.blocks && row.blocks.total > 0 ? row.blocks.allocated / row.blocks.total : null;
  const below = children.length > 0 ? `${row.role}, ${plural(children.length, 'child', 'children')}` : row.role;
  const tip = [
    row.name,
    `${formatBytes(row.diskBytes)} on disk`,
    row.virtualSize === null ? null : `${formatSize(row.virtualSize)} virtual`,
    row.blocks ? `${formatCount(row.blocks.allocated)} of ${formatCount(row.blocks.total)} blocks in use` : null,
    row.worst ? row.worst.message : null,
  ];
  return (
    <g
      id={domId}
      role="treeitem"
      aria-label={`${row.name}, ${below}, ${health === 'ok' ? 'clean' : health}`}
      aria-level={box.depth + 1}
      aria-selected={isSelected}
      data-path={row.path}
      data-tip={tip.filter(Boolean).join('\n')}
      className={classes(css.node, css[health], isSelected && css.selected, isMarked && css.marked)}
    >
      <rect className={css.box} x={x} y={y} width={width} height={height} rx={5} />
      <rect className={css.bar} x={x} y={y + 5} width={3} height={height - 10} rx={1} />
      <Icon x={x + 13} y={middle - 18}>
        <HealthGlyph health={health} label={null} />
      </Icon>
      <text className={css.name} x={x + 33} y={middle - 7}>
        {shortenName(row.name, NAME)}
      </text>
      {row.hidden ? (
        <Icon x={x + width - 22} y={middle - 18}>
          <EyeOff size={ICON_SMALL} className={css.quiet ?? ''} />
        </Icon>
      ) : null}
      <text x={x + 13} y={middle + 12}>
        {below}
      </text>
      <text x={x + width - 11} y={middle + 12} textAnchor="end">
        {formatSize(row.diskBytes)}
      </text>
      {share === null ? null : (
        <>
          <rect className={css.track} x={x + 13} y={y + height - 11} width={width - 24} height={3} rx={1.5} />
          <rect
            className={css.used}
            x={x + 13}
            y={y + height - 11}
            width={Math.max(3, (width - 24) * Math.min(1, share))}
            height={3}
            rx={1.5}
          />
        </>
      )}
    </g>
  );
}

/** Drawn again only when something of it changed. */
export const Node = memo(PictureNode);

function MissingNode({ box: { x, y, width, height, name } }: { box: Box }) {
  const text = name === '' ? 'a parent without a name' : shortenName(lastPart(name), NAME + 4);
  return (
    <g className={classes(css.node, css.missing)} data-tip={name === '' ? undefined : name}>
      <rect className={css.box} x={x} y={y} width={width} height={height} rx={5} />
      <text className={css.name} x={x + 13} y={y + 20}>
        {text}
      </text>
      <text className={css.why} x={x + 13} y={y + 37}>
        parent not found
      </text>
    </g>
  );
}

/** What follows the last separator, of whichever system. */
function lastPart(name: string): string {
  return name.split(/[\\/]/).at(-1) ?? name;
}

function Icon({ x, y, children }: { x: number; y: number; children: ReactNode }) {
  return <g transform={`translate(${x} ${y})`}>{children}</g>;
}
