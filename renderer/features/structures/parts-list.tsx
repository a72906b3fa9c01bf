import { type KeyboardEvent, useEffect, useRef } from 'react';
import type { StructurePart } from '../../../app/contract/types.ts';
import { classes } from '../../ui/classes.ts';
import { formatBytes, formatCount, formatOffset, formatSize } from '../../ui/format.ts';
import { HealthGlyph } from '../../ui/icons.tsx';
import css from './structures.module.css';

/** Everything that stands in the file, in file order; gaps are seen as gaps, and what is missing stands where it belongs. */
export function PartsList({
  parts,
  chosen,
  onChoose,
}: {
  parts: readonly StructurePart[];
  chosen: string | null;
  onChoose: (id: string) => void;
}) {
  const list = useRef<HTMLUListElement>(null);
  const index = parts.findIndex(({ id }) => id === chosen);
  useEffect(() => {
    list.current?.children[index]?.scrollIntoView({ block: 'nearest' });
  }, [index]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: parts.length - 1 };
    const next = steps[event.key];
    const part = next === undefined ? undefined : parts[Math.min(parts.length - 1, Math.max(0, next))];
    if (!part) return;
    event.preventDefault();
    onChoose(part.id);
  };
  return (
    <ul
      ref={list}
      role="listbox"
      aria-label="Structures in file order"
      tabIndex={0}
      className={css.parts}
      onKeyDown={onKeyDown}
      {...(index < 0 ? {} : { 'aria-activedescendant': `part-${parts[index]?.id ?? ''}` })}
    >
      {parts.map((part) => (
        <li
          key={part.id}
          id={`part-${part.id}`}
          role="option"
          aria-selected={part.id === chosen}
          className={css.part}
          data-tip={tipOf(part)}
          onClick={() => onChoose(part.id)}
        >
          <Glyph part={part} />
          <span className={classes('clip', part.kind === 'gap' && 'faint')}>{titleOf(part)}</span>
          <span className={classes('mono', css.partAt)}>{part.at.toString(16)}</span>
        </li>
      ))}
    </ul>
  );
}

function Glyph({ part }: { part: StructurePart }) {
  if (part.kind === 'gap' && part.state === 'ok') return <span className={css.gapGlyph} role="img" aria-label="gap" />;
  return <HealthGlyph health={part.state} />;
}

export function titleOf({ kind, title, length }: StructurePart): string {
  return kind === 'gap' ? `gap, ${formatSize(length)}` : title;
}

function tipOf({ at, length, note, state, title }: StructurePart): string {
  const place = `${formatOffset(at)} (${formatCount(at)}), ${formatBytes(length)}`;
  return [state === 'missing' ? `${title} is missing` : place, note].filter(Boolean).join('\n');
}
