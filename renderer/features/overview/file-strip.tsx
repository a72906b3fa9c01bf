import type { CSSProperties } from 'react';
import type { StructurePart } from '../../../app/contract/types.ts';
import { useView } from '../../state/view.ts';
import { SectionHead } from '../../ui/bits.tsx';
import { classes } from '../../ui/classes.ts';
import { formatBytes, formatOffset } from '../../ui/format.ts';
import css from './overview.module.css';
import { type Piece, pieces } from './strip.ts';

/** What occupies the file, in order; a press goes to it among the structures. */
export function FileStrip({ path, parts }: { path: string; parts: readonly StructurePart[] }) {
  const show = useView((state) => state.show);
  const go = ({ at, length }: Piece): void =>
    show('structures', { path, space: 'file', at, length: Math.max(1, length), field: null });
  return (
    <>
      <SectionHead title="In the file" caption="in order; structures not to scale; offsets in hex" />
      <div className={css.strip}>
        {pieces(parts).map((piece) => (
          <button
            key={piece.id}
            type="button"
            className={classes(css.piece, piece.kind === 'gap' && css.gap, piece.kind === 'missing' && css.missing)}
            style={styleOf(piece)}
            aria-label={`${piece.tip}, at ${formatOffset(piece.at)}`}
            data-tip={`${piece.tip}\nat ${formatOffset(piece.at)}${piece.length > 0 ? `, ${formatBytes(piece.length)}` : ''}`}
            onClick={() => go(piece)}
          >
            <span className={css.box}>{piece.label}</span>
            <span className={css.at}>{piece.at.toString(16)}</span>
          </button>
        ))}
      </div>
    </>
  );
}

/** Pixels of a hex digit under a piece, and between two offsets. */
const DIGIT = 6.2;
const APART = 8;

function styleOf({ kind, colour, width, at }: Piece): CSSProperties {
  const flex = kind === 'blocks' ? `1 0 ${width}px` : kind === 'missing' ? `0 0 ${width}px` : `0 1 ${width}px`;
  const minWidth = Math.ceil(at.toString(16).length * DIGIT) + APART;
  return { flex, minWidth, '--c': `var(--fld-${colour})` } as CSSProperties;
}
