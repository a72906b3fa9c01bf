import { X } from 'lucide-react';
import { useState } from 'react';
import type { PartitionsAnswer, TablePlanAnswer } from '../../../app/contract/types.ts';
import type { PartitionOnDisk } from '../../../core/partitions/disk.ts';
import { progressText, shareOf } from '../../shell/progress.ts';
import { useCase } from '../../state/case.ts';
import { Progress, Tag } from '../../ui/bits.tsx';
import { Button, Segments } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { formatBytes, formatCount, formatSize, plural } from '../../ui/format.ts';
import { HealthGlyph, ICON_SMALL } from '../../ui/icons.tsx';
import { Pane, SheetLead } from '../../ui/sheet.tsx';
import table from '../../ui/table.module.css';
import { layOut } from '../partitions/layout.ts';
import { PartitionBar } from '../partitions/partition-bar.tsx';
import { usePartitions } from '../partitions/use-partitions.ts';
import { tableText, typeText } from '../partitions/words.ts';
import { ErrorBanner } from '../repair/messages.tsx';
import repair from '../repair/repair.module.css';
import { PlannedSheet, type Words } from './planned-sheet.tsx';
import { asLayout, CONFIDENCE, type Label, type Rebuild } from './proposal.ts';
import css from './rebuild.module.css';
import { type PlanJob, usePlanJob } from './use-plan-job.ts';

const WORDS: Words = {
  title: 'Rebuild partition table',
  first: 'Proposal',
  changes: 'Only the table’s own sectors change; nothing inside a partition does.',
  copy: 'Write copy with this table',
  inPlace: 'Write the table in place',
  done: 'The table is written',
  said: 'its partition table is rebuilt',
};

const LABELS = [
  { id: 'auto', label: 'As found', tip: 'MBR or GPT, as the volumes and what is left of the old table suggest' },
  { id: 'mbr', label: 'MBR' },
  { id: 'gpt', label: 'GPT' },
] as const;

/** Writes a partition table from what the disk itself says: the proposal beside what is there, the bytes, apply, result. */
export function RebuildDialog({ path, onClose }: { path: string; onClose: () => void }) {
  const name = useCase((state) => state.chains.byPath.get(path)?.name) ?? path;
  const present = usePartitions(path).value;
  const [label, setLabel] = useState<Label>('auto');
  const [tries, setTries] = useState(0);
  const planned = usePlanJob('table.plan', { path, label }, `${path} ${label} ${tries}`);
  const answer = planned.state === 'done' ? planned.answer : null;
  return (
    <PlannedSheet
      name={name}
      words={WORDS}
      answer={answer}
      why={whyNot(planned, answer)}
      onAgain={() => setTries(tries + 1)}
      onClose={onClose}
    >
      <SheetLead title={headingOf(planned, answer)}>
        {whyOf(answer?.rebuild ?? null) ??
          'Headers of volumes and file systems are looked for, at every sector where that is needed; a backup of the table counts, too.'}
      </SheetLead>
      <Pane title="Now" caption={present ? tableText(present) : ''}>
        {present ? <Present layout={present} /> : null}
      </Pane>
      <Pane
        title="Proposed"
        caption={
          answer?.rebuild
            ? `${answer.rebuild.label === 'gpt' ? 'GPT' : 'MBR'}, ${plural(answer.rebuild.partitions.length, 'partition')}`
            : ''
        }
        aside={<Segments label="Kind of table" value={label} options={LABELS} onChange={setLabel} />}
      >
        <Proposed planned={planned} rebuild={answer?.rebuild ?? null} present={present} />
      </Pane>
      <LeftOut lines={answer?.rebuild?.leftOut ?? []} />
      {answer?.plan.refusals.map((text) => (
        <p key={text} className={css.refusal}>
          <HealthGlyph health="error" label={null} /> {text}
        </p>
      ))}
      {planned.state === 'failed' && planned.error.kind !== 'cancelled' ? (
        <ErrorBanner
          title="No table can be proposed"
          error={planned.error}
          actions={<Button onPress={() => setTries(tries + 1)}>Look again</Button>}
        />
      ) : null}
      {planned.state === 'failed' && planned.error.kind === 'cancelled' ? (
        <p className={repair.wait}>
          The search was cancelled.{' '}
          <Button small onPress={() => setTries(tries + 1)}>
            Look again
          </Button>
        </p>
      ) : null}
    </PlannedSheet>
  );
}

function whyNot(planned: PlanJob<unknown>, answer: { plan: { steps: unknown[] } } | null): string | null {
  if (planned.state === 'running') return 'The disk is being looked at.';
  if (!answer) return 'There is no proposal.';
  return answer.plan.steps.length === 0 ? 'There is nothing to write.' : null;
}

function headingOf({ state }: PlanJob<unknown>, answer: TablePlanAnswer | null): string {
  if (state === 'running') return 'What the disk itself says';
  if (!answer?.rebuild) return 'Nothing to write a table from';
  const { plan, rebuild } = answer;
  if (plan.steps.length === 0 && plan.refusals.length === 0) return 'The table is right already';
  const fresh = rebuild.partitions.filter(({ kept }) => !kept).length;
  if (fresh === 0)
    return `All ${plural(rebuild.partitions.length, 'partition')} of the present table are written again`;
  return fresh === 1 ? 'One partition can be written back' : `${formatCount(fresh)} partitions can be written back`;
}

/** Why this kind of table; the partitions say for themselves why they are in it. */
function whyOf(rebuild: Rebuild | null): string | null {
  return rebuild?.reason.split(/ (?=Partition \d+: )/)[0] ?? null;
}

function Present({ layout }: { layout: PartitionsAnswer }) {
  if (layout.type === 'none') return <p className={css.none}>There is no table.</p>;
  if (layout.partitions.length === 0) return <p className={css.none}>The table is empty.</p>;
  return (
    <div className={css.present}>
      <PartitionBar stretches={layOut(layout)} sectorSize={layout.sectorSize} label="The disk now" />
    </div>
  );
}

function Proposed({
  planned,
  rebuild,
  present,
}: {
  planned: PlanJob<unknown>;
  rebuild: Rebuild | null;
  present: PartitionsAnswer | null;
}) {
  if (planned.state === 'running')
    return (
      <div className={css.looking} role="status">
        <Progress value={shareOf(planned.info?.progress ?? null)} label="Looking at the disk" />
        <span className="small dim">
          {planned.info?.progress ? progressText(planned.info.progress) : 'Looking at the disk'}
        </span>
        <Button small variant="quiet" onPress={planned.cancel}>
          <X size={ICON_SMALL} aria-hidden="true" />
          Cancel
        </Button>
      </div>
    );
  if (!rebuild || !present) return <p className={css.none}>Nothing was found that a table could be written from.</p>;
  const layout = asLayout(rebuild, present);
  const named = layout.partitions.some(({ name }) => name !== '');
  return (
    <>
      <div className={css.present}>
        <PartitionBar stretches={layOut(layout)} sectorSize={layout.sectorSize} label="The disk as proposed" />
      </div>
      <table className={classes(table.table, css.table)} aria-label="Proposed partitions">
        <colgroup>
          <col className={css.colNumber} />
          <col className={css.colType} />
          <col className={css.colLba} />
          <col className={css.colLba} />
          <col className={css.colSize} />
          <col className={named ? css.colSure : ''} />
          {named ? <col /> : null}
        </colgroup>
        <thead>
          <tr>
            <th>#</th>
            <th>Type</th>
            <th className="num">First LBA</th>
            <th className="num">Last LBA</th>
            <th className="num">Size</th>
            <th>How sure</th>
            {named ? <th>Name</th> : null}
          </tr>
        </thead>
        <tbody>
          {layout.partitions.map((partition, index) => (
            <Row
              key={partition.number}
              partition={partition}
              sectorSize={layout.sectorSize}
              named={named}
              proposed={rebuild.partitions[index]}
            />
          ))}
        </tbody>
      </table>
    </>
  );
}

function Row({
  partition,
  sectorSize,
  named,
  proposed,
}: {
  partition: PartitionOnDisk;
  sectorSize: number;
  /** Some partition of the table has a name. */
  named: boolean;
  proposed: Rebuild['partitions'][number] | undefined;
}) {
  const { number, start, end, sectors, name } = partition;
  const type = typeText(partition);
  const bytes = sectors * sectorSize;
  const kept = proposed?.kept ?? false;
  return (
    <>
      <tr>
        <td>{number}</td>
        <td>
          {type.code === null ? null : <span className="mono">{type.code} </span>}
          {type.name}
        </td>
        <td className="num">{formatCount(start)}</td>
        <td className="num">{formatCount(end)}</td>
        <td className="num" data-tip={formatBytes(bytes)}>
          {formatSize(bytes)}
        </td>
        <td>
          {kept ? (
            <span className="faint">kept as it is</span>
          ) : proposed ? (
            <Tag tip={CONFIDENCE[proposed.confidence]}>{proposed.confidence}</Tag>
          ) : null}
        </td>
        {named ? <td data-tip={name}>{name}</td> : null}
      </tr>
      {kept || !proposed ? null : (
        <tr className={css.reason}>
          <td />
          <td colSpan={named ? 6 : 5}>
            {capital(proposed.reason)}
            {proposed.from && proposed.from.start === start && proposed.from.end !== end
              ? ` Now it ends at ${formatCount(proposed.from.end)}.`
              : ''}
          </td>
        </tr>
      )}
    </>
  );
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** What was found and stays out of the table. */
function LeftOut({ lines }: { lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <Pane title="Found and left out">
      <ul className={css.leftOut}>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </Pane>
  );
}
