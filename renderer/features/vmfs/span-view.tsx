import type { VmfsSpanSummary } from '../../../core/vmfs/summary.ts';
import { SectionHead } from '../../ui/bits.tsx';
import { formatCount, plural } from '../../ui/format.ts';
import { HealthGlyph } from '../../ui/icons.tsx';
import css from './vmfs.module.css';

/** A volume over several devices: which of its extents are here. */
export function SpanView({ span }: { span: VmfsSpanSummary }) {
  const { label, uuid, numDevices, extents, missing, complete } = span;
  return (
    <section className={css.volume}>
      <SectionHead
        title={`Spanned volume ${label ?? ''}`.trim()}
        caption={`${formatCount(extents.length)} of ${plural(numDevices, 'extent')} on this disk`}
      />
      <p className={css.unread}>
        <HealthGlyph health={complete ? 'ok' : 'warning'} label={null} />
        <span>
          {complete ? 'Every extent is here.' : 'The other extents are on other LUNs; it mounts only with all of them.'}{' '}
          <span className="mono faint">{uuid}</span>
        </span>
      </p>
      <ul className={css.extents}>
        {extents.map(({ deviceUuid, firstPE, lastPE }) => (
          <li key={deviceUuid}>
            extents {formatCount(firstPE)} – {formatCount(lastPE)} on <span className="mono">{deviceUuid}</span>
          </li>
        ))}
        {missing.map(({ firstPE, lastPE }) => (
          <li key={firstPE} className="dim">
            extents {formatCount(firstPE)} – {formatCount(lastPE)} are not here
          </li>
        ))}
      </ul>
    </section>
  );
}
