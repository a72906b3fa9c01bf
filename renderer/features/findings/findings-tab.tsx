import { Download, ListChecks } from 'lucide-react';
import { useMemo } from 'react';
import { ToggleButton } from 'react-aria-components/ToggleButton';
import type { Severity } from '../../../core/findings/finding.ts';
import { useCase } from '../../state/case.ts';
import { useClient } from '../../state/client.ts';
import { isDropped } from '../../state/dropped.ts';
import { useJobs } from '../../state/jobs.ts';
import { report } from '../../state/notices.ts';
import { Progress } from '../../ui/bits.tsx';
import { Button, Segments } from '../../ui/button.tsx';
import button from '../../ui/button.module.css';
import { classes } from '../../ui/classes.ts';
import { formatCount } from '../../ui/format.ts';
import { HealthGlyph, ICON_SMALL } from '../../ui/icons.tsx';
import { MenuButton, MenuItem } from '../../ui/menu.tsx';
import { CaseFindings } from './case-findings.tsx';
import { checkImages } from './check.ts';
import { saveText, toCsv, toJson } from './export.ts';
import css from './findings.module.css';
import { ImageFindings } from './image-findings.tsx';
import { useFindings } from './state.ts';
import { isShown, sortLines, summaryLines } from './summary.ts';

/** What is wrong: with this image, or with all of them. */
export function FindingsTab({ path }: { path: string }) {
  const client = useClient();
  const scope = useFindings((state) => state.scope);
  const running = useFindings((state) => state.running);
  return (
    <>
      <div className={css.tools}>
        <Segments
          label="Whose findings"
          value={scope}
          options={[
            { id: 'image', label: 'This image' },
            { id: 'case', label: 'All images' },
          ]}
          onChange={(chosen) => useFindings.setState({ scope: chosen })}
        />
        <SeverityFilter />
        <span className="grow" />
        {running ? (
          <Running />
        ) : (
          <>
            {scope === 'case' ? <Export /> : null}
            {scope === 'image' && isDropped(path) ? null : (
              <CheckButtons
                onCheck={(deep) => void checkImages(client, scope === 'case' ? null : [path], deep)}
                all={scope === 'case'}
              />
            )}
          </>
        )}
      </div>
      {scope === 'image' ? <ImageFindings path={path} /> : <CaseFindings />}
    </>
  );
}

function CheckButtons({ all, onCheck }: { all: boolean; onCheck: (deep: boolean) => void }) {
  return (
    <>
      <Button
        small
        variant="quiet"
        onPress={() => onCheck(true)}
        tip="Reads all sector bitmaps, and the data under clear bits."
      >
        {all ? 'Check all deep' : 'Check deep'}
      </Button>
      <Button small onPress={() => onCheck(false)}>
        <ListChecks size={ICON_SMALL} />
        {all ? 'Check all' : 'Check'}
      </Button>
    </>
  );
}

const WORDS: Record<Severity, string> = { error: 'Errors', warning: 'Warnings', info: 'Infos' };

function SeverityFilter() {
  const shown = useFindings((state) => state.shown);
  return (
    <span className="row" role="group" aria-label="Severities">
      {(['error', 'warning', 'info'] as const).map((severity) => (
        <ToggleButton
          key={severity}
          className={classes(button.button, button.quiet, button.small)}
          isSelected={shown[severity]}
          onChange={(on) => useFindings.setState({ shown: { ...shown, [severity]: on } })}
        >
          <HealthGlyph health={severity} label={null} />
          {WORDS[severity]}
        </ToggleButton>
      ))}
    </span>
  );
}

function Running() {
  const client = useClient();
  const running = useFindings((state) => state.running);
  const done = useFindings((state) => state.results.size);
  const job = useJobs((state) => (running ? state.jobs.get(running.job) : undefined));
  if (!running) return null;
  const share = job?.progress?.total ? job.progress.done / job.progress.total : null;
  return (
    <>
      <span className="small dim" role="status">
        {running.deep ? 'Checking deep' : 'Checking'}: {formatCount(job?.progress?.done ?? done)} of{' '}
        {formatCount(running.total)}
      </span>
      <Progress value={share} label="Check" />
      <Button
        small
        onPress={() => void client.call('jobs.cancel', { job: running.job }).catch(report)}
        isDisabled={job?.state === 'cancelling'}
      >
        Cancel
      </Button>
    </>
  );
}

function Export() {
  const rows = useCase((state) => state.chains.rows);
  const name = useCase((state) => state.opened?.name ?? 'case');
  const { results, shown, sort } = useFindings();
  const lines = useMemo(
    () => sortLines(summaryLines(rows, results), sort.key, sort.desc).filter((line) => isShown(line, shown)),
    [rows, results, shown, sort],
  );
  const file = `${name.replaceAll(/[^\w.-]+/g, '-').slice(0, 60)}-findings`;
  const why = results.size === 0 ? 'check first' : undefined;
  return (
    <MenuButton
      label="Export"
      trigger={
        <Button small variant="quiet">
          <Download size={ICON_SMALL} />
          Export
        </Button>
      }
    >
      <MenuItem why={why} onAction={() => saveText(`${file}.csv`, 'text/csv;charset=utf-8', toCsv(lines))}>
        As CSV
      </MenuItem>
      <MenuItem why={why} onAction={() => saveText(`${file}.json`, 'application/json', toJson(lines))}>
        As JSON
      </MenuItem>
    </MenuButton>
  );
}
