import type { ReactNode } from 'react';
import css from './bits.module.css';
import { classes } from './classes.ts';

/** A few words in a frame. */
export function Tag({ children, tip }: { children: ReactNode; tip?: string }) {
  return (
    <span className={css.tag} {...(tip === undefined ? {} : { 'data-tip': tip })}>
      {children}
    </span>
  );
}

/** Head of a panel: its name, a caption, and at the right what can be done with it. */
export function PanelHead({ title, caption, children }: { title: string; caption?: ReactNode; children?: ReactNode }) {
  return (
    <div className={css.head}>
      <h2>{title}</h2>
      {caption === undefined ? null : <span className={css.caption}>{caption}</span>}
      <span className="grow" />
      {children}
    </div>
  );
}

/** Heading of a section inside a tab or the inspector. */
export function SectionHead({
  title,
  caption,
  children,
}: {
  title: string;
  caption?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <h3 className={css.section}>
      {title}
      {caption === undefined ? null : <span className={css.caption}>{caption}</span>}
      {children === undefined ? null : <span className="grow" />}
      {children}
    </h3>
  );
}

/** An empty place: what belongs here, and the one thing to do. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className={css.empty}>
      <b>{title}</b>
      {children === undefined ? null : <span>{children}</span>}
      {action}
    </div>
  );
}

/** A share of something done, from 0 to 1; null where nobody knows how much there is. */
export function Progress({ value, label }: { value: number | null; label: string }) {
  const percent = value === null ? null : Math.round(Math.min(1, Math.max(0, value)) * 100);
  return (
    <span
      className={css.bar}
      role="progressbar"
      aria-label={label}
      {...(percent === null ? {} : { 'aria-valuenow': percent, 'aria-valuemin': 0, 'aria-valuemax': 100 })}
    >
      <span
        className={classes(css.fill, percent === null && css.unknown)}
        {...(percent === null ? {} : { style: { width: `${percent}%` } })}
      />
    </span>
  );
}
