import { type ReactNode, useCallback, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { bitmapHas } from '../../../core/formats/vhd/bitmap.ts';
import { CellMap, type CellMapHandle } from '../disk/cell-map.tsx';
import type { CellLook } from '../disk/map-store.ts';
import css from './structures.module.css';

const PITCH = 9;
const GUTTER = 62;
const SET: CellLook = { state: 'full', owner: 0 };
const CLEAR: CellLook = { state: 'none', owner: null };

/** One cell a bit, set or clear. */
export function BitGrid({
  label,
  bits,
  count,
  cursor,
  onCursor,
  rowLabel,
  describe,
  tip,
}: {
  label: string;
  bits: Uint8Array;
  count: number;
  cursor: number | null;
  onCursor: (bit: number) => void;
  rowLabel: (bit: number) => string;
  describe: (bit: number, set: boolean) => string;
  tip: (bit: number, set: boolean) => ReactNode;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const map = useRef<CellMapHandle>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const measure = (): void => setWidth(element.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const layout = useMemo(() => {
    // rows of whole bytes, so that a row begins at a round number
    const columns = Math.max(16, Math.floor((width - GUTTER - 12) / PITCH / 16) * 16);
    return { per: 1, columns, pitch: PITCH, cells: count, rows: Math.ceil(count / columns) };
  }, [width, count]);
  const look = useCallback((bit: number) => (bitmapHas(bits, bit) ? SET : CLEAR), [bits]);
  return (
    <div ref={frame} className={css.bits}>
      {width > 0 ? (
        <CellMap
          label={label}
          layout={layout}
          look={look}
          version={bits}
          cursor={cursor}
          onCursor={onCursor}
          rowLabel={rowLabel}
          gutter={GUTTER}
          describe={(bit) => describe(bit, bitmapHas(bits, bit))}
          tip={(bit) => tip(bit, bitmapHas(bits, bit))}
          handle={map}
        />
      ) : null}
    </div>
  );
}
