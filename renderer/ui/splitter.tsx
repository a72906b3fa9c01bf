import { type KeyboardEvent, type PointerEvent, useState } from 'react';
import { classes } from './classes.ts';
import css from './splitter.module.css';

const STEP = 16;

/**
 * The line between two panes: dragged, or moved with the arrow keys. `side` says on which side of it the pane lies whose size is
 * `value`, in pixels. Enter and a double click put it back.
 */
export function Splitter({
  label,
  side,
  value,
  min,
  max,
  onChange,
  onReset,
}: {
  label: string;
  side: 'left' | 'right' | 'top' | 'bottom';
  value: number;
  min: number;
  max: number;
  onChange: (value: number) => void;
  onReset: () => void;
}) {
  const [drag, setDrag] = useState<{ at: number; value: number } | null>(null);
  const upright = side === 'left' || side === 'right';
  const sign = side === 'left' || side === 'top' ? 1 : -1;
  const set = (next: number) => onChange(Math.round(Math.min(max, Math.max(min, next))));
  const place = (event: PointerEvent) => (upright ? event.clientX : event.clientY);
  // the pane may be smaller than was asked for, where there is no room
  const shown = (line: Element): number => {
    const pane = sign > 0 ? line.previousElementSibling : line.nextElementSibling;
    const box = pane?.getBoundingClientRect();
    return box ? (upright ? box.width : box.height) : value;
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const size = shown(event.currentTarget);
    const more = upright ? 'ArrowRight' : 'ArrowDown';
    const less = upright ? 'ArrowLeft' : 'ArrowUp';
    if (event.key === more) set(size + sign * STEP);
    else if (event.key === less) set(size - sign * STEP);
    else if (event.key === 'Home') set(min);
    else if (event.key === 'End') set(max);
    else if (event.key === 'Enter') onReset();
    else return;
    event.preventDefault();
  };

  return (
    <div
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={upright ? 'vertical' : 'horizontal'}
      aria-valuenow={value}
      aria-valuemin={min}
      aria-valuemax={Math.max(min, max)}
      className={classes(css.splitter, !upright && css.horizontal)}
      {...(drag ? { 'data-dragging': true } : {})}
      onKeyDown={onKeyDown}
      onDoubleClick={onReset}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ at: place(event), value: shown(event.currentTarget) });
      }}
      onPointerMove={(event) => {
        if (drag) set(drag.value + sign * (place(event) - drag.at));
      }}
      onPointerUp={() => setDrag(null)}
      onPointerCancel={() => setDrag(null)}
    />
  );
}
