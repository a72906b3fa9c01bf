import { BookOpen } from 'lucide-react';
import type { ReactNode } from 'react';
import { classes } from '../../ui/classes.ts';
import { ICON_SMALL } from '../../ui/icons.tsx';
import css from './inspector.module.css';
import type { Reading } from './interpret.ts';

/** What is explained: its name, and where it is. */
export function SubjectHead({
  title,
  children,
  plain = false,
}: {
  title: string;
  children?: ReactNode;
  plain?: boolean;
}) {
  return (
    <header>
      <h3 className={classes(css.title, plain && css.plain)}>{title}</h3>
      {children === undefined ? null : <div className={css.place}>{children}</div>}
    </header>
  );
}

/** A part of the inspector under a small heading; `apart` draws a line before it. */
export function Part({ title, apart = true, children }: { title: string; apart?: boolean; children: ReactNode }) {
  return (
    <section className={classes(apart && css.apart)}>
      <h4 className={css.label}>{title}</h4>
      {children}
    </section>
  );
}

/** Label and value, one below the other. */
export function Pairs({ children }: { children: ReactNode }) {
  return <dl className={css.pairs}>{children}</dl>;
}

export function Pair({
  label,
  mono = false,
  tip,
  children,
}: {
  label: string;
  mono?: boolean;
  tip?: string;
  children: ReactNode;
}) {
  return (
    <>
      <dt>{label}</dt>
      <dd className={classes(mono && 'mono', 'select')} {...(tip === undefined ? {} : { 'data-tip': tip })}>
        {children}
      </dd>
    </>
  );
}

export function Readings({ values }: { values: readonly Reading[] }) {
  return (
    <Pairs>
      {values.map(({ id, label, value }) => (
        <Pair key={id} label={label} mono>
          <span className={css.wrap}>{value}</span>
        </Pair>
      ))}
    </Pairs>
  );
}

/** Where it is specified. */
export function Specification({ text }: { text: string }) {
  return (
    <Part title="Specification">
      <p className={css.spec}>
        <BookOpen size={ICON_SMALL} aria-hidden="true" />
        <span>{text}</span>
      </p>
    </Part>
  );
}
