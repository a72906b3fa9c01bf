import type { ReactNode } from 'react';
import type { Severity } from '../../core/findings/finding.ts';
import css from './banner.module.css';
import { classes } from './classes.ts';
import { HealthGlyph, ICON } from './icons.tsx';

/** An edge, a glyph and plain words: what it is, what is safe. At most one open in a view. */
export function Banner({
  severity,
  title,
  code,
  tag,
  children,
  actions,
}: {
  severity: Severity | 'ok';
  title: string;
  /** Code of a finding. */
  code?: string;
  tag?: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <section className={classes(css.banner, css[severity])} aria-label={title}>
      <span className={css.glyph}>
        <HealthGlyph health={severity} size={ICON} />
      </span>
      <div className={css.title}>
        {title}
        {code === undefined ? null : <span className={classes('mono', css.code)}>{code}</span>}
      </div>
      <div>{tag}</div>
      {children === undefined ? null : <div className={css.text}>{children}</div>}
      {actions === undefined ? null : <div className={css.actions}>{actions}</div>}
    </section>
  );
}
