import { useState } from 'react';
import type { FoundBackup } from '../../../app/contract/types.ts';
import { Tag } from '../../ui/bits.tsx';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { formatCount, formatLocalTime, formatSize, formatTime, plural } from '../../ui/format.ts';
import { Name } from '../../ui/values.tsx';
import repair from '../repair/repair.module.css';
import { Option } from '../wizard/option.tsx';
import css from './headers.module.css';

/** Backups that are shown before anybody asks for the others. */
const SHOWN = 4;

/** Backups that were found, the likeliest first, and a field for any other. */
export function Backups({
  found,
  chosen,
  onChoose,
}: {
  found: readonly FoundBackup[];
  /** Path of the one that is planned for. */
  chosen: string | null;
  /** Null while another is being named. */
  onChoose: (path: string | null) => void;
}) {
  const [all, setAll] = useState(false);
  const [typing, setTyping] = useState(false);
  const [text, setText] = useState('');
  const isFound = found.some(({ path }) => path === chosen);
  const other = typing || !isFound;
  const more = found.length - SHOWN;
  const take = (): void => {
    if (text.trim() !== '') onChoose(text.trim());
  };
  const newest = found.find(({ samePath }) => samePath);
  return (
    <div className={repair.options} role="radiogroup" aria-label="Backup">
      {found.slice(0, all ? found.length : SHOWN).map((one) => (
        <Option
          key={one.path}
          group="backup"
          label={formatTime(one.time)}
          tag={one === newest ? <Tag tip={formatLocalTime(one.time)}>newest</Tag> : undefined}
          aside={formatSize(one.bytes)}
          text={
            <>
              {one.table === 'none' ? 'No table' : one.table.toUpperCase()}, {plural(one.volumes, 'VMFS volume')}
              {one.samePath ? '' : ', of a disk of this size at another path'} ·{' '}
              <Name title={one.path}>{one.name}</Name>
            </>
          }
          chosen={!other && one.path === chosen}
          onChoose={() => {
            setTyping(false);
            onChoose(one.path);
          }}
        />
      ))}
      {more > 0 && !all ? (
        <div className={css.more}>
          <Button small variant="link" onPress={() => setAll(true)}>
            {formatCount(more)} more
          </Button>
        </div>
      ) : null}
      <Option
        group="backup"
        label="Another folder or file"
        chosen={other}
        onChoose={() => {
          setTyping(true);
          onChoose(null);
        }}
      >
        <span className={css.other}>
          <TextField
            label="Folder of the backup, or file"
            value={text}
            placeholder="/srv/headers/sdf-20261121T031500Z"
            mono
            onChange={(typed) => {
              setText(typed);
              onChoose(null);
            }}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || event.ctrlKey || event.metaKey) return;
              event.preventDefault();
              take();
            }}
          />
          <Button isDisabled={text.trim() === ''} onPress={take}>
            Read it
          </Button>
        </span>
      </Option>
    </div>
  );
}
