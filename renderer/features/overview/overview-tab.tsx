import { Link2, Wrench } from 'lucide-react';
import { Fragment } from 'react';
import type { ChainRow, ImageDetail, StructurePart } from '../../../app/contract/types.ts';
import type { ParentVerdict } from '../../../core/chain/parents.ts';
import { CATALOGUE } from '../../../core/findings/catalogue.ts';
import type { Finding } from '../../../core/findings/finding.ts';
import { useCase } from '../../state/case.ts';
import { useClient } from '../../state/client.ts';
import { openDialog } from '../../state/dialogs.ts';
import { isDropped } from '../../state/dropped.ts';
import { useImageDetail } from '../../state/image.ts';
import { useView } from '../../state/view.ts';
import { Banner } from '../../ui/banner.tsx';
import { Empty, SectionHead, Tag } from '../../ui/bits.tsx';
import { Button } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { plural } from '../../ui/format.ts';
import { type Health, HealthGlyph, ICON_SMALL } from '../../ui/icons.tsx';
import { Name, Time } from '../../ui/values.tsx';
import { checkImages } from '../findings/check.ts';
import { PROGNOSES, showFinding } from '../findings/finding-row.tsx';
import { useFindings } from '../findings/state.ts';
import { sortFindings } from '../findings/summary.ts';
import { InterruptedBanner } from '../log/interrupted.tsx';
import { useInterrupted } from '../log/use-operations.ts';
import { needsRebuild, openRebuild } from '../rebuild/open.ts';
import { openRepair } from '../repair/open.ts';
import { needsRelink } from '../repair/remedy.tsx';
import { hasRepair } from '../repair/repairable.ts';
import { type Fact, twoColumns } from './facts.ts';
import { FileStrip } from './file-strip.tsx';
import css from './overview.module.css';

/** An image at a glance: the gravest finding, the facts, what stands in the file, and what was checked. */
export function OverviewTab({ path }: { path: string }) {
  const detail = useImageDetail(path);
  const cut = useInterrupted(path);
  if (!detail.value)
    return detail.state === 'failed' ? (
      <Empty title="The image could not be read">
        {detail.error.message} {detail.error.place.hint}
      </Empty>
    ) : null;
  const { facts, parts, checks, findings, row } = detail.value;
  return (
    <div className={classes('scroll', css.tab)} tabIndex={-1}>
      <div className={css.section}>
        {cut ? <InterruptedBanner path={path} cut={cut} /> : <Worst path={path} findings={findings} />}
        <Facts facts={facts} row={row} />
        {parts.length > 0 ? <FileStrip path={path} parts={parts} /> : null}
        <ChecksHead path={path} checks={checks} />
      </div>
      <Checks path={path} checks={checks} parts={parts} />
    </div>
  );
}

/** The gravest finding; the others are among the checks and the findings. */
function Worst({ path, findings }: { path: string; findings: readonly Finding[] }) {
  const setTab = useView((state) => state.setTab);
  const trouble = sortFindings(findings).filter(({ severity }) => severity !== 'info');
  const worst = trouble[0];
  const row = useCase((state) => state.chains.byPath.get(path));
  if (!worst) return null;
  const rebuild = needsRebuild(worst, row);
  const { code, severity, message, prognosis, offset } = worst;
  const word = PROGNOSES[prognosis];
  const others = trouble.length - 1;
  const relink = needsRelink(worst) && !isDropped(path);
  return (
    <Banner
      severity={severity}
      title={CATALOGUE[code].title}
      code={code}
      {...(word === null ? {} : { tag: <Tag>{word}</Tag> })}
      actions={
        <>
          {relink ? (
            <Button variant="primary" onPress={() => openDialog({ kind: 'relink', path })}>
              <Link2 size={ICON_SMALL} aria-hidden="true" />
              Relink…
            </Button>
          ) : null}
          {rebuild ? (
            <Button variant="primary" onPress={() => openRebuild(path)}>
              <Wrench size={ICON_SMALL} aria-hidden="true" />
              Rebuild the table…
            </Button>
          ) : null}
          {isDropped(path) || rebuild ? null : (
            <Button variant={hasRepair(findings) && !relink ? 'primary' : 'plain'} onPress={() => openRepair(path)}>
              <Wrench size={ICON_SMALL} aria-hidden="true" />
              Repair…
            </Button>
          )}
          {offset === null ? null : <Button onPress={() => showFinding(path, worst)}>Show the bytes</Button>}
          <Button onPress={() => openDialog({ kind: 'code', code })}>Why?</Button>
          <span className="grow" />
          {others > 0 ? (
            <Button
              variant="link"
              onPress={() => {
                useFindings.setState({ scope: 'image' });
                setTab('findings');
              }}
            >
              {others} more
            </Button>
          ) : null}
        </>
      }
    >
      {message}
    </Banner>
  );
}

function Facts({ facts, row }: { facts: readonly Fact[]; row: ChainRow }) {
  return (
    <div className={css.facts}>
      {twoColumns(facts).map((column) => (
        <dl key={column[0]?.label ?? ''} className={css.column}>
          {column.map((fact) => (
            <Fragment key={fact.label}>
              <dt>{fact.label}</dt>
              <dd>{fact.label === 'Parent' ? <Parent fact={fact} row={row} /> : <Value fact={fact} />}</dd>
            </Fragment>
          ))}
        </dl>
      ))}
    </div>
  );
}

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;

function Value({ fact: { value, title, mono } }: { fact: Fact }) {
  if (MOMENT.test(value)) return <Time moment={value} />;
  if (mono) return <Name title={title ?? value}>{value}</Name>;
  return <span data-tip={title ?? undefined}>{value}</span>;
}

const VERDICTS: Record<ParentVerdict, { health: Health; text: string }> = {
  'ok': { health: 'ok', text: 'It is there and has the right id.' },
  'moved': { health: 'warning', text: 'It was found by its id, in another place than this image knows.' },
  'id-mismatch': { health: 'error', text: 'What stands there has another id.' },
  'missing': { health: 'error', text: 'It is not here.' },
  'cycle': { health: 'error', text: 'It is this image, or one of its children.' },
};

function Parent({ fact, row }: { fact: Fact; row: ChainRow }) {
  const select = useView((state) => state.select);
  const known = useCase((state) => (row.parent === null ? undefined : state.chains.byPath.get(row.parent)));
  const verdict = row.verdict === null ? null : VERDICTS[row.verdict];
  return (
    <span className={css.parent}>
      {verdict ? (
        <span data-tip={verdict.text}>
          <HealthGlyph health={verdict.health} label={verdict.text} />
        </span>
      ) : null}
      {known ? (
        <button type="button" className={css.link} onClick={() => select(known.path)}>
          <Name title={known.path}>{known.name}</Name>
        </button>
      ) : (
        <Name>{fact.value}</Name>
      )}
    </span>
  );
}

function ChecksHead({ path, checks }: { path: string; checks: ImageDetail['checks'] }) {
  const client = useClient();
  const deep = useFindings((state) => state.last?.deep === true && state.results.has(path));
  if (checks.length === 0) return null;
  const caption = `${plural(checks.length, 'structure')} looked at${deep ? '' : '; deep check not run'}`;
  return (
    <SectionHead title="Checks" caption={caption}>
      {isDropped(path) ? null : (
        <Button variant="link" onPress={() => void checkImages(client, [path], true)}>
          Run deep check
        </Button>
      )}
    </SectionHead>
  );
}

function Checks({
  path,
  checks,
  parts,
}: {
  path: string;
  checks: ImageDetail['checks'];
  parts: readonly StructurePart[];
}) {
  const show = useView((state) => state.show);
  if (checks.length === 0) return null;
  return (
    <ul className={css.checks}>
      {checks.map(({ title, state, text, part: id }) => {
        const part = parts.find((one) => one.id === id);
        const inside = (
          <>
            <HealthGlyph health={state} />
            <span className="clip">{title}</span>
          </>
        );
        return (
          <li key={title}>
            {part ? (
              <button
                type="button"
                className={css.check}
                onClick={() =>
                  show('structures', {
                    path,
                    space: 'file',
                    at: part.at,
                    length: Math.max(1, part.length),
                    field: null,
                  })
                }
              >
                {inside}
              </button>
            ) : (
              <span className={css.check}>{inside}</span>
            )}
            <span className={css.result} data-tip={text}>
              {text}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
