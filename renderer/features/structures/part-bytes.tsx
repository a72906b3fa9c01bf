import { type RefObject, useEffect, useMemo, useRef } from 'react';
import { useView } from '../../state/view.ts';
import { type Cursor, selectionOf } from '../../ui/hex/cursor.ts';
import { type HexHandle, HexView } from '../../ui/hex/hex-view.tsx';
import { plainLines } from '../../ui/hex/lines.ts';
import type { Overlay } from '../../ui/hex/overlay.ts';
import { useByteStore } from '../hex/use-bytes.ts';

/** Bytes of a stretch of the file, for parts that are no single structure. */
export function PartBytes({
  path,
  fileSize,
  at,
  length,
  label,
  overlay = null,
  field = null,
  cursor,
  onCursor,
  describe,
  shown = null,
  handle,
}: {
  path: string;
  fileSize: number;
  at: number;
  length: number;
  label: string;
  overlay?: Overlay | null;
  /** Name of the selected field of the overlay. */
  field?: string | null;
  cursor: Cursor;
  onCursor: (cursor: Cursor) => void;
  describe?: (at: number) => string | null;
  /** Byte that is brought into view whenever it is another. */
  shown?: number | null;
  handle?: RefObject<HexHandle | null>;
}) {
  const own = useRef<HexHandle>(null);
  const hex = handle ?? own;
  useEffect(() => {
    if (shown !== null) hex.current?.reach(shown);
  }, [hex, shown]);
  const store = useByteStore('file', path, fileSize);
  const lines = useMemo(() => plainLines(at, Math.max(0, Math.min(length, fileSize - at))), [at, length, fileSize]);
  return (
    <HexView
      label={label}
      store={store}
      lines={lines}
      overlay={overlay}
      field={field}
      cursor={cursor}
      showCursor={field === null}
      onCursor={(next) => {
        onCursor(next);
        useView.getState().inspect({ kind: 'bytes', path, space: 'file', ...selectionOf(next) });
      }}
      {...(describe ? { describe } : {})}
      handle={hex}
    />
  );
}
