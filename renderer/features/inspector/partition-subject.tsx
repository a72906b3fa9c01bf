import { HardDriveDownload, SquareArrowOutUpRight } from 'lucide-react';
import { openDialog } from '../../state/dialogs.ts';
import type { Subject } from '../../state/view.ts';
import { Button } from '../../ui/button.tsx';
import { formatBytes, formatCount, formatOffset, formatSize } from '../../ui/format.ts';
import { HealthGlyph, ICON_SMALL } from '../../ui/icons.tsx';
import { showEntry } from '../partitions/section.tsx';
import { openPartition } from '../partitions/state.ts';
import { usePartitions } from '../partitions/use-partitions.ts';
import { CHS, STATES, typeText } from '../partitions/words.ts';
import css from './inspector.module.css';
import { Pair, Pairs, Part, SubjectHead } from './parts.tsx';

/** A partition: what its entry says, what stands on it, and what can be done with it. */
export function PartitionSubject({ subject }: { subject: Extract<Subject, { kind: 'partition' }> }) {
  const { path, number } = subject;
  const layout = usePartitions(path).value;
  const partition = layout?.partitions.find((one) => one.number === number);
  if (!layout || !partition) return null;
  const { start, end, sectors, kind, guid, id, name, bootable, attributes, chs, entryAt, ebr, fileSystem } = partition;
  const { sectorSize } = layout;
  const type = typeText(partition);
  return (
    <>
      <SubjectHead title={`partition ${number}`}>
        LBA {formatCount(start)} – {formatCount(end)}
      </SubjectHead>
      {end >= layout.sectors ? (
        <p className={css.inline}>
          <HealthGlyph health="error" label={null} />
          {start >= layout.sectors ? 'It lies past the end of the disk.' : 'It ends past the end of the disk.'}
        </p>
      ) : null}
      <Pairs>
        <Pair label="Type" {...(guid === null ? {} : { tip: guid })}>
          <span className={css.wrap}>{[type.code, type.name].filter(Boolean).join(' ')}</span>
        </Pair>
        <Pair label="Kind">{kind === 'data' ? (guid === null ? 'primary' : 'GPT entry') : kind}</Pair>
        {name === '' ? null : <Pair label="Name">{name}</Pair>}
        {id === null ? null : (
          <Pair label="Id" mono>
            <span className={css.wrap}>{id}</span>
          </Pair>
        )}
        <Pair label="Size" tip={formatBytes(sectors * sectorSize)}>
          {formatSize(sectors * sectorSize)}
        </Pair>
        <Pair label="Begins at" mono tip={`${formatCount(start * sectorSize)} bytes`}>
          {formatOffset(start * sectorSize)}
        </Pair>
        {bootable ? <Pair label="Boot">{guid === null ? 'active' : 'legacy bootable'}</Pair> : null}
        {attributes === null || /^0x0+$/.test(attributes) ? null : (
          <Pair label="Attributes" mono>
            {attributes}
          </Pair>
        )}
        {ebr === null ? null : <Pair label="Its record">LBA {formatCount(ebr)}</Pair>}
      </Pairs>
      <div className={css.actions}>
        {kind === 'extended' ? null : (
          <>
            <Button small onPress={() => openPartition(path, partition)}>
              <SquareArrowOutUpRight size={ICON_SMALL} aria-hidden="true" />
              Open
            </Button>
            <Button small onPress={() => openDialog({ kind: 'save-partition', path, partition: number })}>
              <HardDriveDownload size={ICON_SMALL} aria-hidden="true" />
              Save…
            </Button>
          </>
        )}
        <Button small onPress={() => showEntry(path, entryAt)}>
          Show its entry
        </Button>
      </div>
      {kind === 'extended' ? null : (
        <Part title="What stands on it">
          {fileSystem ? (
            <Pairs>
              <Pair label="Content">{fileSystem.title}</Pair>
              {fileSystem.label === null ? null : <Pair label="Label">{fileSystem.label}</Pair>}
              {fileSystem.id === null ? null : (
                <Pair label="Id" mono>
                  <span className={css.wrap}>{fileSystem.id}</span>
                </Pair>
              )}
              {fileSystem.size === null ? null : (
                <Pair label="Own size" tip={formatBytes(fileSystem.size)}>
                  {formatSize(fileSystem.size)}
                </Pair>
              )}
              {fileSystem.state === null ? null : <Pair label="State">{STATES[fileSystem.state]}</Pair>}
              {fileSystem.note === null ? null : (
                <Pair label="Note">
                  <span className={css.wrap}>{fileSystem.note}</span>
                </Pair>
              )}
            </Pairs>
          ) : (
            <p>No file system, volume or swap space is known by its first sectors.</p>
          )}
        </Part>
      )}
      {chs ? (
        <Part title="CHS">
          <p>
            <span className="mono">
              {chsText(chs.first)} – {chsText(chs.last)}
            </span>{' '}
            {CHS[chs.judgement]}.
          </p>
        </Part>
      ) : null}
    </>
  );
}

function chsText({ cylinder, head, sector }: { cylinder: number; head: number; sector: number }): string {
  return `${cylinder}/${head}/${sector}`;
}
