import { ArrowLeft } from 'lucide-react';
import { Fragment } from 'react';
import type { ChainRow, CoalesceAnswer } from '../../../app/contract/types.ts';
import { useCase } from '../../state/case.ts';
import { classes } from '../../ui/classes.ts';
import { formatBytes, formatCount, formatSize, plural } from '../../ui/format.ts';
import { HealthGlyph, ICON_SMALL } from '../../ui/icons.tsx';
import { Pane, SheetLead } from '../../ui/sheet.tsx';
import { Name } from '../../ui/values.tsx';
import { healthOf } from '../chains/tree.ts';
import { FactList } from '../wizard/side.tsx';
import css from './coalesce.module.css';
import { named, short } from './fold.ts';

/** The chain, base on the left, with what goes where; the ancestor that takes it in is chosen on it. */
export function What({
  path,
  ancestors,
  into,
  onInto,
  answer,
}: {
  path: string;
  /** From the parent to the base. */
  ancestors: readonly string[];
  into: string;
  onInto: (path: string) => void;
  answer: CoalesceAnswer | null;
}) {
  const { byPath } = useCase((state) => state.chains);
  const child = byPath.get(path);
  const parent = byPath.get(into);
  const chain = [...ancestors].reverse();
  const at = chain.indexOf(into);
  const between = chain.slice(at + 1).flatMap((one) => byPath.get(one) ?? []);
  return (
    <>
      <SheetLead
        title={
          <>
            {short(child?.name ?? path)} goes into {short(parent?.name ?? 'its parent')}
          </>
        }
      >
        {between.length === 0
          ? 'What the child holds hides what its parent holds there; folded, one image holds both, and the guest reads the same.'
          : `With it goes all that is between them: ${named(between)}. The guest of ${short(child?.name ?? 'it')} reads the same; those between are not changed by a new file.`}
      </SheetLead>
      <Pane
        title="The chain"
        caption={ancestors.length > 1 ? 'base on the left; choose the image that takes it in' : 'base on the left'}
      >
        <div className={css.chain} role="radiogroup" aria-label="Fold into" tabIndex={-1}>
          {chain.map((one, index) => (
            <Fragment key={one}>
              {index > 0 ? <Arrow lit={index > at} /> : null}
              <Box
                row={byPath.get(one)}
                path={one}
                state={index < at ? 'below' : index === at ? 'into' : 'folded'}
                onChoose={() => onInto(one)}
              />
            </Fragment>
          ))}
          {chain.length > 0 ? <Arrow lit /> : null}
          <Box row={child} path={path} state="child" onChoose={null} />
        </div>
      </Pane>
      <div className={css.gap} />
      <Pane title="What moves" {...(answer ? {} : { caption: 'it is being looked at' })}>
        <div className={css.columns}>
          <FactList
            facts={[
              { label: 'Blocks', value: answer ? formatCount(answer.moved.blocks) : '–' },
              {
                label: 'Data',
                value: answer ? formatSize(answer.moved.bytes) : '–',
                ...(answer ? { tip: formatBytes(answer.moved.bytes) } : {}),
              },
              {
                label: 'The guest’s disk',
                value: answer ? formatSize(answer.virtualSize) : '–',
                ...(answer ? { tip: formatBytes(answer.virtualSize) } : {}),
              },
            ]}
          />
          <FactList facts={roomFacts(answer)} />
        </div>
      </Pane>
    </>
  );
}

function roomFacts(answer: CoalesceAnswer | null): { label: string; value: string; tip?: string }[] {
  const size = (bytes: number | null | undefined): { value: string; tip?: string } =>
    bytes === null || bytes === undefined ? { value: '–' } : { value: formatSize(bytes), tip: formatBytes(bytes) };
  return [
    { label: 'Data in a new file', ...size(answer?.file.needed) },
    answer && answer.inPlace.growth === null
      ? { label: 'In place', value: 'blocked' }
      : { label: 'In place, the parent grows by', ...size(answer?.inPlace.growth) },
    { label: 'Free there', ...size(answer?.file.free) },
  ];
}

const WORDS = {
  below: 'stays',
  into: 'takes it in',
  folded: 'is folded',
  child: 'is folded',
} as const;

function Box({
  row,
  path,
  state,
  onChoose,
}: {
  row: ChainRow | undefined;
  path: string;
  state: keyof typeof WORDS;
  onChoose: (() => void) | null;
}) {
  const name = row?.name ?? path;
  const inside = (
    <>
      <span className={css.boxHead}>
        {onChoose ? (
          <input
            type="radio"
            name="into"
            checked={state === 'into'}
            onChange={onChoose}
            aria-label={`Fold into ${name}`}
          />
        ) : null}
        {row ? <HealthGlyph health={healthOf(row)} /> : null}
        <Name>{name}</Name>
      </span>
      <span className={css.boxText}>
        <span>{WORDS[state]}</span>
        <span className="grow" />
        {row ? <span data-tip={formatBytes(row.diskBytes)}>{formatSize(row.diskBytes)}</span> : null}
      </span>
      <span className={css.boxText}>
        <span>{row ? [row.role, row.hidden ? 'hidden' : null].filter(Boolean).join(', ') : ''}</span>
        <span className="grow" />
        {row?.blocks ? <span>{plural(row.blocks.allocated, 'block')}</span> : null}
      </span>
    </>
  );
  const look = classes(css.box, state === 'into' && css.into, state === 'below' && css.below);
  return onChoose ? <label className={look}>{inside}</label> : <div className={look}>{inside}</div>;
}

function Arrow({ lit }: { lit: boolean }) {
  return (
    <span className={classes(css.arrow, lit && css.lit)}>
      {lit ? <ArrowLeft size={ICON_SMALL} role="img" aria-label="takes in" /> : null}
    </span>
  );
}
