import { Archive, ArchiveRestore, Ellipsis, HardDriveDownload, SquareArrowOutUpRight, Wrench } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { PartitionsAnswer } from '../../../app/contract/types.ts';
import type { PlatterError } from '../../../core/errors.ts';
import { CATALOGUE } from '../../../core/findings/catalogue.ts';
import type { Finding } from '../../../core/findings/finding.ts';
import { useCase } from '../../state/case.ts';
import { openDialog } from '../../state/dialogs.ts';
import { useView } from '../../state/view.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { HealthGlyph, ICON_SMALL } from '../../ui/icons.tsx';
import { ContextMenu, MenuButton, MenuItem, MenuSeparator } from '../../ui/menu.tsx';
import { sortFindings } from '../findings/summary.ts';
import { usePlaces } from '../hex/places.ts';
import { openRebuild, whyNotRebuild } from '../rebuild/open.ts';
import { layOut, rowsOf, type Stretch, stretchAt } from './layout.ts';
import { NoTable } from './no-table.tsx';
import { PartitionBar } from './partition-bar.tsx';
import { PartitionTable } from './partition-table.tsx';
import css from './partitions.module.css';
import { chooseStretch, openPartition, usePartitionStore } from './state.ts';
import { tableText } from './words.ts';

/** The disk by its partition table: a bar, a table, what is wrong with it, and what can be done. */
export function PartitionsSection({
  path,
  layout,
  most,
}: {
  path: string;
  layout: PartitionsAnswer;
  /** Pixels the table takes at most. */
  most: number;
}) {
  const { sectorSize, sectors, size } = layout;
  const stretches = useMemo(() => layOut(layout), [layout]);
  const chosen = usePartitionStore((state) => state.chosen.get(path)) ?? null;
  const at = usePlaces((state) => state.cursors.get(`guest:${path}`)?.at) ?? null;
  const now = at === null ? null : stretchAt(stretches, Math.floor(at / sectorSize), chosen);
  const row = useCase((state) => state.chains.byPath.get(path));
  const [menu, setMenu] = useState<{ x: number; y: number } | null>(null);
  const partition = now?.kind === 'partition' && now.partition.kind !== 'extended' ? now.partition : null;
  const choose = (stretch: Stretch): void => chooseStretch(path, stretch, sectorSize, size);
  const open = (stretch: Stretch): void => {
    if (stretch.kind === 'partition' && stretch.partition.kind !== 'extended') openPartition(path, stretch.partition);
  };
  const save = (): void => {
    if (partition) openDialog({ kind: 'save-partition', path, partition: partition.number });
  };
  if (layout.type === 'none') return <NoTable path={path} layout={layout} />;
  const whyRebuild = whyNotRebuild(row) ?? undefined;
  const why = partition ? undefined : 'choose a partition';
  return (
    <section className={css.section} aria-label="Partition table">
      <div className={css.head}>
        <h3>Partitions</h3>
        <span className={css.caption} data-tip={tableText(layout)}>
          {tableText(layout)}
        </span>
        <span className="grow" />
        <Button
          small
          variant="quiet"
          isDisabled={!partition}
          onPress={() => partition && openPartition(path, partition)}
        >
          <SquareArrowOutUpRight size={ICON_SMALL} aria-hidden="true" />
          Open partition
        </Button>
        <Button small variant="quiet" isDisabled={!partition} onPress={save}>
          <HardDriveDownload size={ICON_SMALL} aria-hidden="true" />
          Save…
        </Button>
        <MenuButton
          label="Partition table"
          trigger={
            <IconButton label="What can be done with the table">
              <Ellipsis size={ICON_SMALL} />
            </IconButton>
          }
        >
          <MenuItem why={whyRebuild} icon={<Wrench size={ICON_SMALL} />} onAction={() => openRebuild(path)}>
            Rebuild partition table…
          </MenuItem>
          <MenuItem
            why={whyRebuild}
            icon={<Archive size={ICON_SMALL} />}
            onAction={() => openDialog({ kind: 'backup-headers', path })}
          >
            Back up headers…
          </MenuItem>
          <MenuItem
            why={whyRebuild}
            icon={<ArchiveRestore size={ICON_SMALL} />}
            onAction={() => openDialog({ kind: 'restore-headers', path })}
          >
            Restore headers…
          </MenuItem>
        </MenuButton>
      </div>
      <PartitionBar stretches={stretches} sectorSize={sectorSize} selected={now?.key ?? null} onChoose={choose} />
      <TableFindings path={path} findings={layout.findings} canRebuild={whyRebuild === undefined} />
      <div className={css.rows} style={{ maxHeight: most }}>
        <PartitionTable
          rows={rowsOf(stretches)}
          sectorSize={sectorSize}
          sectors={sectors}
          selected={now?.key ?? null}
          onChoose={choose}
          onOpen={open}
          onMenu={(_, place) => setMenu(place)}
        />
      </div>
      <ContextMenu at={menu} label="Partition" onClose={() => setMenu(null)}>
        <MenuItem why={why} onAction={() => now && open(now)} icon={<SquareArrowOutUpRight size={ICON_SMALL} />}>
          Open as a disk of its own
        </MenuItem>
        <MenuItem why={why} onAction={save} icon={<HardDriveDownload size={ICON_SMALL} />}>
          Save to a file…
        </MenuItem>
        <MenuSeparator />
        <MenuItem
          why={now?.kind === 'partition' ? undefined : 'nothing is in the table'}
          onAction={() => now?.kind === 'partition' && showEntry(path, now.partition.entryAt)}
        >
          Show its entry
        </MenuItem>
      </ContextMenu>
    </section>
  );
}

/** Takes the bytes to an entry of the table. */
export function showEntry(path: string, at: number): void {
  const { show, inspect } = useView.getState();
  show('disk', { path, space: 'guest', at, length: 16, field: null });
  inspect({ kind: 'bytes', path, space: 'guest', at, length: 16 });
}

/** The gravest finding of the table, and the others when they are asked for. */
function TableFindings({
  path,
  findings,
  canRebuild,
}: {
  path: string;
  findings: readonly Finding[];
  canRebuild: boolean;
}) {
  const [all, setAll] = useState(false);
  const sorted = sortFindings(findings);
  const worst = sorted[0];
  if (!worst) return null;
  const shown = all ? sorted : [worst];
  const { severity } = worst;
  const explain = (finding: Finding): void =>
    useView.getState().inspect({ kind: 'finding', path, finding, space: 'guest' });
  return (
    <div
      className={css.trouble}
      data-severity={severity}
      role="group"
      aria-label="Findings of the table"
      tabIndex={all ? 0 : -1}
    >
      {shown.map((finding, index) => (
        <Line
          key={`${finding.code} ${finding.offset ?? ''} ${finding.message}`}
          finding={finding}
          onExplain={() => explain(finding)}
          more={index === 0 && sorted.length > 1 ? sorted.length - 1 : 0}
          all={all}
          {...(index === 0 && canRebuild && severity !== 'info' ? { onRebuild: () => openRebuild(path) } : {})}
          onAll={() => setAll(!all)}
        />
      ))}
    </div>
  );
}

function Line({
  finding,
  onExplain,
  more,
  all,
  onAll,
  onRebuild,
}: {
  finding: Finding;
  onExplain: () => void;
  more: number;
  all: boolean;
  onAll: () => void;
  onRebuild?: () => void;
}) {
  const { severity, code, message } = finding;
  return (
    <>
      <HealthGlyph health={severity} />
      <span className={css.message}>
        <b>{CATALOGUE[code].title}.</b> {message}
      </span>
      <span className="row">
        {onRebuild ? (
          <Button small onPress={onRebuild}>
            <Wrench size={ICON_SMALL} aria-hidden="true" />
            Rebuild…
          </Button>
        ) : null}
        <Button small variant="link" onPress={onExplain}>
          Why?
        </Button>
        {more > 0 ? (
          <Button small variant="link" onPress={onAll}>
            {all ? 'Only this one' : `${more} more`}
          </Button>
        ) : null}
      </span>
    </>
  );
}

/** The table could not be read at all. */
export function PartitionsFailed({ error }: { error: PlatterError }) {
  return (
    <section className={css.section} aria-label="Partition table">
      <div className={css.none}>
        <span className="row">
          <HealthGlyph health="error" />
          <b>The partition table cannot be read</b>
        </span>
        <p>
          {error.message} {error.place.hint}
        </p>
      </div>
    </section>
  );
}
