import {
  type HTMLAttributes,
  type PointerEvent,
  type ReactNode,
  type Ref,
  useEffect,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { classes } from '../classes.ts';
import { clampTop, maxTop, thumbOf, tickOf, topOfThumb, topToReach, topToShow } from './scroll.ts';
import css from './virtual.module.css';

export interface VirtualHandle {
  /** Moves as little as it must to show the line, with a margin. */
  show(line: number): void;
  /** Jumps so that the line stands a third down, unless it is in view. */
  reach(line: number): void;
  scrollBy(lines: number): void;
  /** Whole lines in view. */
  page(): number;
  /** Line at a height of the window, in client pixels; may lie outside of the list. */
  lineAt(clientY: number): number;
  focus(): void;
}

export interface Tick {
  line: number;
  kind: 'hit' | 'note' | 'bad';
}

type Box = Omit<HTMLAttributes<HTMLDivElement>, 'children' | 'onScroll'> & {
  'data-testid'?: string;
};

/**
 * A list of any length: only the lines in view are there, and the scroll bar is ours, so no height of a browser limits it. All
 * lines are equally high. `body` are the properties of the element that holds the lines and takes the keys.
 */
export function VirtualList({
  count,
  lineHeight,
  renderLine,
  renderAll,
  head,
  body,
  label,
  ticks,
  onRange,
  handle,
  className,
}: {
  count: number;
  lineHeight: number;
  renderLine?: (index: number) => ReactNode;
  /** Draws everything in view itself: first line in view, with fractions, and how many lines there is room for. */
  renderAll?: (top: number, shown: number) => ReactNode;
  /** Stands above the lines and does not scroll. */
  head?: ReactNode;
  body: Box;
  /** What the scroll bar scrolls, for those who do not see it. */
  label: string;
  ticks?: readonly Tick[];
  /** Told which lines are in view after each change. */
  onRange?: (first: number, last: number) => void;
  handle?: Ref<VirtualHandle>;
  className?: string | undefined;
}) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const window_ = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(0);
  const shown = height / lineHeight;
  const extent = { count, shown };
  const at = clampTop(top, extent);
  const first = Math.floor(at);
  const last = Math.min(count, Math.ceil(at + shown) + 1) - 1;

  useLayoutEffect(() => {
    const element = window_.current;
    if (!element) return;
    const measure = (): void => setHeight(element.clientHeight);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    if (last >= first) onRange?.(first, last);
  }, [first, last, onRange]);

  // the handle and the wheel work with what is drawn, not with what was when they were made
  const drawn = useRef({ at, extent });
  /** A line that was asked for before anything was drawn. */
  const pending = useRef<number | null>(null);
  useLayoutEffect(() => {
    drawn.current = { at, extent: { count, shown } };
    if (pending.current === null || shown === 0) return;
    drawn.current.at = topToReach(pending.current, 0, drawn.current.extent);
    pending.current = null;
    setTop(drawn.current.at);
  }, [at, count, shown]);

  useImperativeHandle(handle, () => {
    const move = (next: (now: number) => number): void => {
      drawn.current.at = next(drawn.current.at);
      setTop(drawn.current.at);
    };
    return {
      show: (line) => move((now) => topToShow(line, now, drawn.current.extent, 1)),
      reach: (line) => {
        if (drawn.current.extent.shown === 0) pending.current = line;
        else move((now) => topToReach(line, now, drawn.current.extent));
      },
      scrollBy: (lines) => move((now) => clampTop(now + lines, drawn.current.extent)),
      page: () => Math.max(1, Math.floor(drawn.current.extent.shown) - 1),
      lineAt: (clientY) => {
        const box = window_.current?.getBoundingClientRect();
        return Math.floor(drawn.current.at + (clientY - (box?.top ?? 0)) / lineHeight);
      },
      focus: () => box.current?.focus(),
    };
  }, [lineHeight]);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const wheel = (event: WheelEvent): void => {
      if (event.ctrlKey || event.deltaY === 0) return;
      const { at: now, extent: known } = drawn.current;
      const lines =
        event.deltaMode === 0 ? event.deltaY / lineHeight : event.deltaY * (event.deltaMode === 1 ? 1 : known.shown);
      const next = clampTop(now + lines, known);
      // at an end, what is around may scroll
      if (next === now) return;
      event.preventDefault();
      drawn.current.at = next;
      setTop(next);
    };
    element.addEventListener('wheel', wheel, { passive: false });
    return () => element.removeEventListener('wheel', wheel);
  }, [lineHeight]);

  const lines: ReactNode[] = [];
  if (renderLine) for (let index = first; index <= last; index += 1) lines.push(renderLine(index));
  const shift = Math.round((at - first) * lineHeight);

  return (
    <div className={classes(css.root, className)}>
      <div {...body} ref={box} id={id} className={classes(css.body, body.className)}>
        {head}
        <div ref={window_} className={css.window} role="presentation">
          {renderAll ? (
            renderAll(at, shown)
          ) : (
            <div role="presentation" style={{ transform: `translateY(${-shift}px)` }}>
              {lines}
            </div>
          )}
        </div>
      </div>
      <ScrollBar
        label={label}
        controls={id}
        top={at}
        extent={extent}
        onTop={(next) => {
          drawn.current.at = next;
          setTop(next);
        }}
        ticks={ticks}
      />
    </div>
  );
}

function ScrollBar({
  label,
  controls,
  top,
  extent,
  onTop,
  ticks,
}: {
  label: string;
  controls: string;
  top: number;
  extent: { count: number; shown: number };
  onTop: (top: number) => void;
  ticks?: readonly Tick[] | undefined;
}) {
  const track = useRef<HTMLDivElement>(null);
  const [length, setLength] = useState(0);
  const [grip, setGrip] = useState<number | null>(null);
  useLayoutEffect(() => {
    const element = track.current;
    if (!element) return;
    const measure = (): void => setLength(element.clientHeight);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const thumb = thumbOf(top, extent, length);
  const place = (event: PointerEvent): number => event.clientY - (track.current?.getBoundingClientRect().top ?? 0);

  return (
    <div
      ref={track}
      className={classes(css.track, thumb === null && css.idle)}
      role="scrollbar"
      aria-label={label}
      aria-controls={controls}
      aria-orientation="vertical"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={thumb ? Math.round((top / maxTop(extent)) * 100) : 0}
      onPointerDown={(event) => {
        if (!thumb || event.button !== 0) return;
        // the grid keeps the focus
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        const at = place(event);
        const inside = at >= thumb.at && at <= thumb.at + thumb.length;
        const hold = inside ? at - thumb.at : thumb.length / 2;
        setGrip(hold);
        if (!inside) onTop(topOfThumb(at - hold, extent, length));
      }}
      onPointerMove={(event) => {
        if (grip !== null) onTop(topOfThumb(place(event) - grip, extent, length));
      }}
      onPointerUp={() => setGrip(null)}
      onPointerCancel={() => setGrip(null)}
    >
      {thumb === null
        ? null
        : ticks?.map(({ line, kind }) => (
            <span
              key={`${kind}${line}`}
              className={classes(css.tick, css[kind])}
              style={{ transform: `translateY(${Math.round(tickOf(line, extent, length - 2))}px)` }}
            />
          ))}
      {thumb === null ? null : (
        <span
          className={classes(css.thumb, grip !== null && css.held)}
          style={{ height: thumb.length, transform: `translateY(${thumb.at}px)` }}
        />
      )}
    </div>
  );
}
