import { Download, Ellipsis, ListChecks } from 'lucide-react';
import { useMemo } from 'react';
import { ToggleButton } from 'react-aria-components/ToggleButton';
import type { Severity } from '../../../core/findings/finding.ts';
import { useCase } from '../../state/case.ts';
import { useClient } from '../../state/client.ts';
import { isDropped } from '../../state/dropped.ts';
import { useJobs } from '../../state/jobs.ts';
import { report } from '../../state/notices.ts';
import { Progress } from '../../ui/bits.tsx';
import button from '../../ui/button.module.css';
import { Button, IconButton, Segments } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { formatCount } from '../../ui/format.ts';
import { HealthGlyph, ICON_SMALL } from '../../ui/icons.tsx';
import { MenuButton, MenuItem, MenuSeparator } from '../../ui/menu.tsx';
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
    <div className={css.place}>
      <div className={css.tools} role="toolbar" aria-label="Findings">
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
        ) : scope === 'image' && isDropped(path) ? null : (
          <CheckButtons
            onCheck={(deep) => void checkImages(client, scope === 'case' ? null : [path], deep)}
            all={scope === 'case'}
          />
        )}
      </div>
      {scope === 'image' ? <ImageFindings path={path} /> : <CaseFindings />}
    </div>
  );
}

function CheckButtons({ all, onCheck }: { all: boolean; onCheck: (deep: boolean) => void }) {
  return (
    <>
      <Button small onPress={() => onCheck(false)}>
        <ListChecks size={ICON_SMALL} />
        {all ? 'Check all' : 'Check'}
      </Button>
      <MenuButton
        label="Checks and export"
        trigger={
          <IconButton label="Deep check, export">
            <Ellipsis size={ICON_SMALL} />
          </IconButton>
        }
      >
        <MenuItem icon={<ListChecks size={ICON_SMALL} />} onAction={() => onCheck(true)}>
          {all ? 'Check all deep' : 'Check deep'}
        </MenuItem>
        {all ? <ExportItems /> : null}
      </MenuButton>
    </>
  );
}

const WORDS: Record<Severity, string> = { error: 'Errors', warning: 'Warnings', info: 'Info' };

function SeverityFilter() {
  const shown = useFindings((state) => state.shown);
  return (
    <span className="row" role="group" aria-label="Severities">
      {(['error', 'warning', 'info'] as const).map((severity) => (
        <ToggleButton
          key={severity}
          className={classes(button.button, button.quiet, button.small)}
          isSelected={shown[severity]}
          aria-label={WORDS[severity]}
          data-tip={shown[severity] ? `${WORDS[severity]} are shown` : `${WORDS[severity]} are not shown`}
          onChange={(on) => useFindings.setState({ shown: { ...shown, [severity]: on } })}
        >
          <HealthGlyph health={severity} label={null} />
          <span className={css.word}>{WORDS[severity]}</span>
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

function ExportItems() {
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
    <>
      <MenuSeparator />
      <MenuItem
        icon={<Download size={ICON_SMALL} />}
        why={why}
        onAction={() => saveText(`${file}.csv`, 'text/csv;charset=utf-8', toCsv(lines))}
      >
        Export as CSV
      </MenuItem>
      <MenuItem icon={null} why={why} onAction={() => saveText(`${file}.json`, 'application/json', toJson(lines))}>
        Export as JSON
      </MenuItem>
    </>
  );
}
