import { ArrowRight, CircleHelp } from 'lucide-react';
import { CATALOGUE } from '../../../core/findings/catalogue.ts';
import type { Finding, Prognosis } from '../../../core/findings/finding.ts';
import { openDialog } from '../../state/dialogs.ts';
import { setPanel } from '../../state/layout.ts';
import { type Space, useView } from '../../state/view.ts';
import { Tag } from '../../ui/bits.tsx';
import { IconButton } from '../../ui/button.tsx';
import { formatBytes, formatOffset } from '../../ui/format.ts';
import { HealthGlyph, ICON_SMALL } from '../../ui/icons.tsx';
import { Remedy } from '../repair/remedy.tsx';
import css from './findings.module.css';

export const PROGNOSES: Record<Prognosis, string | null> = {
  'no-loss': 'no data lost',
  'some-loss': 'some data lost',
  'lost': 'data lost',
  'decision': 'needs a decision',
  'cosmetic': null,
};

/** Takes the window to the bytes a finding is about, with the field lit; `space` says what its offset counts. */
export function showFinding(path: string, finding: Finding, space: Space = 'file'): void {
  const { show, inspect, select } = useView.getState();
  const { offset, length, field, structure } = finding;
  if (offset === null) select(path);
  else if (space === 'guest') show('disk', { path, space, at: offset, length: length ?? 1, field: null });
  else show(structure === null ? 'hex' : 'structures', { path, space, at: offset, length: length ?? 1, field });
  inspect({ kind: 'finding', path, finding, space });
}

/** A finding: what is wrong, where, and the way there. */
export function FindingRow({ path, finding, space = 'file' }: { path: string; finding: Finding; space?: Space }) {
  const { code, severity, message, offset, length, field, prognosis } = finding;
  const word = PROGNOSES[prognosis];
  const inspect = (): void => {
    useView.getState().select(path);
    useView.getState().inspect({ kind: 'finding', path, finding, space });
    setPanel('inspector', true);
  };
  return (
    <div className={css.finding}>
      <span className={css.glyph}>
        <HealthGlyph health={severity} />
      </span>
      <div>
        <div className={css.title}>
          <button type="button" className={css.open} onClick={inspect}>
            {CATALOGUE[code].title}
          </button>
          <span className="mono faint">{code}</span>
          {word === null ? null : <Tag>{word}</Tag>}
        </div>
        <p className={css.message}>{message}</p>
        {offset === null ? null : (
          <button type="button" className={css.where} onClick={() => showFinding(path, finding, space)}>
            {field === null ? null : <span className="mono">{field}</span>}
            <span className="mono">{formatOffset(offset)}</span>
            {length === null || length === 0 ? null : <span>{formatBytes(length)}</span>}
            <ArrowRight size={12} aria-hidden="true" />
            <span className="visually-hidden">Show these bytes</span>
          </button>
        )}
      </div>
      <div className={css.actions}>
        <Remedy path={path} finding={finding} />
        <IconButton label={`Why? What ${code} means`} onPress={() => openDialog({ kind: 'code', code })}>
          <CircleHelp size={ICON_SMALL} />
        </IconButton>
      </div>
    </div>
  );
}
