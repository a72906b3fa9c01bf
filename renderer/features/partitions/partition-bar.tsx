import { type CSSProperties, type KeyboardEvent, useId } from 'react';
import { classes } from '../../ui/classes.ts';
import { formatBytes, formatCount, formatSize } from '../../ui/format.ts';
import { rowsOf, type Stretch } from './layout.ts';
import css from './partitions.module.css';
import { contentText, fileSystemText, typeText } from './words.ts';

/** Pixels that a stretch keeps, by how many there are: names are readable while there is room for them. */
function least(count: number): number {
  return count <= 6 ? 92 : count <= 12 ? 52 : 3;
}

/** Stretches that are drawn; a table may have thousands. */
const DRAWN = 300;

/** The disk as one bar: wide where it is much, and never so thin that it is not seen. */
export function PartitionBar({
  stretches,
  sectorSize,
  selected = null,
  onChoose,
  label = 'Disk, from its first sector to its last',
}: {
  stretches: readonly Stretch[];
  sectorSize: number;
  selected?: string | null;
  /** Only looked at where it is left out. */
  onChoose?: (stretch: Stretch) => void;
  label?: string;
}) {
  const id = useId();
  const drawn = stretches.slice(0, DRAWN);
  const flat = drawn.flatMap((one): Stretch[] => (one.kind === 'partition' ? rowsOf([one]) : [one])).slice(0, DRAWN);
  const index = flat.findIndex(({ key }) => key === selected);
  const min = least(flat.filter(({ kind }) => kind === 'partition').length);
  const onKeyDown = (event: KeyboardEvent): void => {
    const last = flat.length - 1;
    const steps: Record<string, number> = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: last };
    const step = steps[event.key];
    const next = step === undefined ? undefined : flat[Math.min(last, Math.max(0, step))];
    if (!next || !onChoose) return;
    event.preventDefault();
    onChoose(next);
  };
  const shown = { id, selected, sectorSize, min, share: evenShare(drawn), onChoose };
  return (
    <div
      className={css.bar}
      aria-label={label}
      {...(onChoose
        ? { 'role': 'listbox', 'aria-orientation': 'horizontal', 'tabIndex': 0, onKeyDown }
        : { role: 'img' })}
      {...(index < 0 ? {} : { 'aria-activedescendant': idOf(id, selected ?? '') })}
    >
      {drawn.map((stretch) => (
        <Segment key={stretch.key} stretch={stretch} {...shown} />
      ))}
    </div>
  );
}

function idOf(id: string, key: string): string {
  return `${id}-${key}`;
}

/** Percent of the bar that each of some neighbours may take; the titles of tables and gaps need little. */
function evenShare(stretches: readonly Stretch[]): number {
  const wide = stretches.filter(({ kind }) => kind === 'partition').length;
  return Math.max(0.2, (84 - Math.min(20, 2 * (stretches.length - wide))) / Math.max(1, wide));
}

interface Shown {
  id: string;
  selected: string | null;
  sectorSize: number;
  min: number;
  share: number;
  onChoose: ((stretch: Stretch) => void) | undefined;
}

function Segment({ stretch, ...shown }: { stretch: Stretch } & Shown) {
  const { id, selected, sectorSize, min, share, onChoose } = shown;
  const { key, start, end } = stretch;
  const length = (end - start + 1) * sectorSize;
  const place = `sectors ${formatCount(start)} – ${formatCount(end)}, ${formatBytes(length)}`;
  const option = onChoose
    ? {
        'id': idOf(id, key),
        'role': 'option' as const,
        'aria-selected': key === selected,
        'onClick': () => onChoose(stretch),
      }
    : {};
  if (stretch.kind === 'table')
    return (
      <div {...option} className={classes(css.segment, css.tableSegment)} data-tip={`${stretch.title}\n${place}`}>
        {stretch.title}
      </div>
    );
  if (stretch.kind === 'gap')
    return (
      <div
        {...option}
        className={classes(css.segment, css.gap)}
        style={wide(length, Math.min(min, 12), 2)}
        {...(onChoose ? { 'aria-label': `not allocated, ${formatSize(length)}` } : {})}
        data-tip={`not allocated\n${place}`}
      />
    );
  const { partition, inside } = stretch;
  const content = contentText(partition);
  const { code, name } = typeText(partition);
  const tip = `${partition.number}: ${[code, name].filter(Boolean).join(' ')}${content === null ? '' : `, ${content}`}\n${place}`;
  if (inside.length > 0) {
    const count = inside.filter(({ kind }) => kind === 'partition').length;
    return (
      <div
        {...(onChoose ? { 'role': 'group', 'aria-label': `${partition.number}: ${name}` } : {})}
        className={css.extended}
        style={wide(length, min * count + 24, share)}
      >
        <div
          {...option}
          className={classes(css.segment, css.tableSegment)}
          data-tip={tip}
          {...(onChoose ? { 'aria-label': `${partition.number} ${name}` } : {})}
        >
          {partition.number}
        </div>
        {inside.map((one) => (
          <Segment key={one.key} stretch={one} {...shown} share={evenShare(inside)} />
        ))}
      </div>
    );
  }
  const fileSystem = partition.fileSystem ? fileSystemText(partition.fileSystem) : name;
  return (
    <div {...option} className={css.segment} style={wide(length, min, share)} data-tip={tip}>
      <span className={css.segmentName}>
        {partition.number} {fileSystem}
      </span>
      <small>{formatSize(length)}</small>
    </div>
  );
}

/** In proportion to its length, but for `least` pixels, or its even share where there are not as many. */
function wide(length: number, least: number, share: number): CSSProperties {
  // in MiB: browsers count flex shares in single precision
  return { flex: `${Math.max(1, length / 1024 ** 2)} 1 0px`, minWidth: `min(${least}px, ${share}%)` };
}
