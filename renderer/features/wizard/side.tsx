import { Check, LockKeyhole, TriangleAlert, Undo2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { classes } from '../../ui/classes.ts';
import { ICON_SMALL } from '../../ui/icons.tsx';
import css from '../repair/repair.module.css';
import own from './wizard.module.css';

export interface Fact {
  label: string;
  value: ReactNode;
  /** Exact value on hover. */
  tip?: string;
}

/** Labels and values, one a line. */
export function FactList({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className={classes(css.facts, own.facts)}>
      {facts.map(({ label, value, tip }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd data-tip={tip}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const MARKS = {
  good: { Icon: Check, tone: 'ok' },
  kept: { Icon: LockKeyhole, tone: 'ok' },
  bad: { Icon: TriangleAlert, tone: 'wa' },
  back: { Icon: Undo2, tone: 'dim' },
} as const;

/** Plain sentences, each with the mark of what it tells. */
export function Sentences({ mark, lines }: { mark: keyof typeof MARKS; lines: readonly ReactNode[] }) {
  const { Icon, tone } = MARKS[mark];
  return (
    <ul className={css.plain}>
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: sentences stay in their places
        <li key={index}>
          <Icon className={tone} size={ICON_SMALL} aria-hidden="true" />
          <span>{line}</span>
        </li>
      ))}
    </ul>
  );
}
