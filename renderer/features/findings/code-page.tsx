import { CATALOGUE } from '../../../core/findings/catalogue.ts';
import type { FindingCode } from '../../../core/findings/codes.ts';
import { SectionHead } from '../../ui/bits.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { HealthGlyph } from '../../ui/icons.tsx';
import css from './findings.module.css';

/** The help's page of a code: what it means, how it comes about, what to do. */
export function CodePage({ code, onClose }: { code: FindingCode; onClose: () => void }) {
  const { title, severity, means, causes, action } = CATALOGUE[code];
  return (
    <Dialog title={title} onClose={onClose} width={600}>
      <div className={css.page}>
        <p className="row small dim">
          <HealthGlyph health={severity} label={null} />
          {severity}
          <span className="mono select">{code}</span>
        </p>
        <SectionHead title="What it means" />
        <p>{means}</p>
        <SectionHead title="How it comes about" />
        <p>{causes}</p>
        <SectionHead title="What to do" />
        <p>{action}</p>
      </div>
    </Dialog>
  );
}
