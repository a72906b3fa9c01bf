import { EyeOff, Minus, Plus, Scan } from 'lucide-react';
import { type KeyboardEvent, type PointerEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { ChainRow } from '../../../app/contract/types.ts';
import { useCase } from '../../state/case.ts';
import { useView } from '../../state/view.ts';
import { PanelHead } from '../../ui/bits.tsx';
import { IconButton, Segments } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { plural } from '../../ui/format.ts';
import { HealthGlyph, ICON_SMALL } from '../../ui/icons.tsx';
import { ContextMenu } from '../../ui/menu.tsx';
import { ImageMenu } from '../chains/image-menu.tsx';
import { useChains } from '../chains/state.ts';
import { chainOf, isOrphan } from '../chains/tree.ts';
import { type Camera, fit, reveal, type Size, START, within, zoomBy, zoomStep } from './camera.ts';
import { type Box, edgePath, layOut, neighbour } from './layout.ts';
import { Node } from './node.tsx';
import css from './picture.module.css';

type Scope = 'all' | 'chain';

/** Rows of the chain an image is in: what is above it, and all below it. */
function chainRows(rows: readonly ChainRow[], byPath: ReadonlyMap<string, ChainRow>, path: string | null): ChainRow[] {
  if (path === null) return [...rows];
  const kept = new Set(chainOf(byPath, path));
  const below = new Set([path]);
  // parents come before their children
  for (const row of rows) if (row.parent !== null && below.has(row.parent)) below.add(row.path);
  return rows.filter((row) => kept.has(row.path) || below.has(row.path));
}

/** All chain trees as a picture: a taller box holds more data, its edge and glyph say how it fares. */
export function ChainPicture() {
  const { rows, byPath } = useCase((state) => state.chains);
  const selected = useView((state) => state.selected);
  const [scope, setScope] = useState<Scope>('all');
  const shown = useMemo(
    () => (scope === 'all' ? rows : chainRows(rows, byPath, selected)),
    [scope, rows, byPath, selected],
  );
  const picture = useMemo(() => layOut(shown), [shown]);
  const orphans = shown.filter(isOrphan).length;
  const trees = shown.filter(({ parent }) => parent === null).length - orphans;
  const caption = [plural(trees, 'tree'), orphans > 0 ? plural(orphans, 'orphan') : null, 'base on the left'];
  const [camera, setCamera] = useState<Camera>(START);
  const [view, setView] = useState<Size>({ width: 800, height: 600 });
  const zoom = (nearer: boolean): void => setCamera((now) => within(zoomStep(now, nearer, view), picture, view));
  return (
    <>
      <div className={css.head}>
        <PanelHead
          title={scope === 'all' ? 'All chain trees' : 'This chain'}
          caption={caption.filter(Boolean).join(', ')}
        >
          <Legend />
          <Segments
            label="What is shown"
            value={scope}
            options={[
              { id: 'all', label: 'All' },
              { id: 'chain', label: 'This chain' },
            ]}
            onChange={(chosen) => {
              setScope(chosen);
              setCamera(START);
            }}
          />
          <span className="row" style={{ gap: 2 }}>
            <IconButton label="Farther" onPress={() => zoom(false)}>
              <Minus size={ICON_SMALL} />
            </IconButton>
            <IconButton label="Nearer" onPress={() => zoom(true)}>
              <Plus size={ICON_SMALL} />
            </IconButton>
            <IconButton label="All of it" onPress={() => setCamera(fit(picture, view))}>
              <Scan size={ICON_SMALL} />
            </IconButton>
          </span>
        </PanelHead>
      </div>
      <View picture={picture} camera={camera} setCamera={setCamera} view={view} setView={setView} />
      <p className={css.note}>
        A taller box holds more data (log scale). The line in it is the share of its blocks in use.
      </p>
    </>
  );
}

function Legend() {
  return (
    <span className={css.legend}>
      <span>
        <HealthGlyph health="ok" label={null} />
        clean
      </span>
      <span>
        <HealthGlyph health="warning" label={null} />
        warning
      </span>
      <span>
        <HealthGlyph health="error" label={null} />
        error
      </span>
      <span>
        <EyeOff size={ICON_SMALL} />
        hidden
      </span>
    </span>
  );
}

interface ViewProps {
  picture: ReturnType<typeof layOut>;
  camera: Camera;
  setCamera: (change: Camera | ((now: Camera) => Camera)) => void;
  view: Size;
  setView: (size: Size) => void;
}

const nodeId = (path: string): string => `picture-${encodeURIComponent(path)}`;

function View({ picture, camera, setCamera, view, setView }: ViewProps) {
  const selected = useView((state) => state.selected);
  const select = useView((state) => state.select);
  const marked = useChains((state) => state.marked);
  const byPath = useCase((state) => state.chains.byPath);
  const element = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<{ x: number; y: number; from: Camera; moved: boolean } | null>(null);
  const [menu, setMenu] = useState<{ x: number; y: number; path: string } | null>(null);
  const chosen = selected === null ? undefined : picture.byPath.get(selected);

  useLayoutEffect(() => {
    const place = element.current;
    if (!place) return;
    const measure = (): void => setView({ width: place.clientWidth, height: place.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(place);
    return () => observer.disconnect();
  }, [setView]);

  // the selected box is brought into sight when it changes
  useEffect(() => {
    if (chosen) setCamera((now) => reveal(now, chosen, view));
  }, [chosen, view, setCamera]);

  // React listens to wheels passively, and so could not keep the page from zooming
  useEffect(() => {
    const place = element.current;
    if (!place) return;
    const wheel = (event: WheelEvent): void => {
      event.preventDefault();
      const box = place.getBoundingClientRect();
      setCamera((now) => {
        if (event.ctrlKey || event.metaKey) {
          const at = { x: event.clientX - box.left, y: event.clientY - box.top };
          return within(zoomBy(now, Math.exp(-event.deltaY / 300), at), picture, view);
        }
        const [dx, dy] = event.shiftKey ? [event.deltaY, event.deltaX] : [event.deltaX, event.deltaY];
        return within({ ...now, x: now.x + dx / now.zoom, y: now.y + dy / now.zoom }, picture, view);
      });
    };
    place.addEventListener('wheel', wheel, { passive: false });
    return () => place.removeEventListener('wheel', wheel);
  }, [picture, view, setCamera]);

  const pathAt = (target: EventTarget): string | null =>
    target instanceof Element ? (target.closest('[data-path]')?.getAttribute('data-path') ?? null) : null;

  const onPointerMove = (event: PointerEvent): void => {
    if (!drag) return;
    const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
    if (!drag.moved && Math.hypot(dx, dy) < 4) return;
    if (!drag.moved) setDrag({ ...drag, moved: true });
    const { from } = drag;
    setCamera(within({ ...from, x: from.x - dx / from.zoom, y: from.y - dy / from.zoom }, picture, view));
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { key } = event;
    if (key === '+' || key === '=') setCamera(within(zoomStep(camera, true, view), picture, view));
    else if (key === '-') setCamera(within(zoomStep(camera, false, view), picture, view));
    else if (key === '0') setCamera(fit(picture, view));
    else if (key === '1') setCamera(within({ ...camera, zoom: 1 }, picture, view));
    else if ((key === 'ContextMenu' || (key === 'F10' && event.shiftKey)) && chosen) openMenu(chosen);
    else if (key.startsWith('Arrow')) {
      const next = chosen ? neighbour(picture, chosen, key) : (picture.boxes.find(({ row }) => row) ?? null);
      if (next?.row) select(next.row.path);
    } else return;
    event.preventDefault();
  };

  const openMenu = ({ row, x, y, height }: Box): void => {
    const box = element.current?.getBoundingClientRect();
    if (!row || !box) return;
    const left = box.left + (x - camera.x) * camera.zoom;
    const top = box.top + (y + height - camera.y) * camera.zoom;
    setMenu({ path: row.path, x: left + 16, y: top });
  };

  const seen = { x: camera.x, y: camera.y, width: view.width / camera.zoom, height: view.height / camera.zoom };
  const lit = litBoxes(chosen);
  const visible = picture.boxes.filter((box) => overlaps(box, seen));
  const menuRow = menu === null ? undefined : byPath.get(menu.path);
  return (
    <div
      ref={element}
      className={css.view}
      role="tree"
      aria-label="Chain trees"
      tabIndex={0}
      {...(chosen && overlaps(chosen, seen) ? { 'aria-activedescendant': nodeId(chosen.id) } : {})}
      {...(drag?.moved ? { 'data-dragging': true } : {})}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        if (event.button === 0) setDrag({ x: event.clientX, y: event.clientY, from: camera, moved: false });
      }}
      onPointerMove={onPointerMove}
      onPointerUp={(event) => {
        if (drag && !drag.moved) {
          const path = pathAt(event.target);
          if (path !== null) select(path);
        }
        setDrag(null);
      }}
      onPointerLeave={() => setDrag(null)}
      onContextMenu={(event) => {
        event.preventDefault();
        const path = pathAt(event.target);
        if (path === null) return;
        if (!marked.has(path)) select(path);
        setMenu({ path, x: event.clientX, y: event.clientY });
      }}
    >
      <svg className={css.svg} role="presentation">
        <g transform={`scale(${camera.zoom}) translate(${-camera.x} ${-camera.y})`} role="presentation">
          {picture.boxes.map((box) =>
            box.parent && edgeSeen(box.parent, box, seen) ? (
              <path
                key={box.id}
                d={edgePath(box.parent, box)}
                className={classes(css.edge, lit.has(box) && css.on, edgeKind(box))}
              />
            ) : null,
          )}
          {visible.map((box) => (
            <Node
              key={box.id}
              box={box}
              domId={nodeId(box.id)}
              isSelected={box === chosen}
              isMarked={marked.size > 1 && marked.has(box.id)}
            />
          ))}
        </g>
      </svg>
      <ContextMenu at={menu} label="Image" onClose={() => setMenu(null)}>
        {menuRow ? <ImageMenu row={menuRow} /> : null}
      </ContextMenu>
    </div>
  );
}

/** The boxes of the selected chain whose line to their parent is lit. */
function litBoxes(box: Box | undefined): Set<Box> {
  const lit = new Set<Box>();
  for (let at = box; at?.parent; at = at.parent) lit.add(at);
  return lit;
}

function edgeKind({ row, parent }: Box): string | undefined {
  if (!parent?.row || row?.verdict === 'cycle') return css.cut;
  return row?.verdict === 'id-mismatch' || row?.verdict === 'moved' ? css.doubt : undefined;
}

interface Rect extends Size {
  x: number;
  y: number;
}

function overlaps(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function edgeSeen(parent: Box, child: Box, seen: Rect): boolean {
  const y = Math.min(parent.y, child.y);
  const bottom = Math.max(parent.y + parent.height, child.y + child.height);
  return overlaps({ x: parent.x, y, width: child.x + child.width - parent.x, height: bottom - y }, seen);
}
