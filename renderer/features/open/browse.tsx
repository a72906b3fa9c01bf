import { ArrowUp, File, Folder, HardDrive } from 'lucide-react';
import { type KeyboardEvent, useEffect, useMemo, useState } from 'react';
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox';
import { ListLayout, Virtualizer } from 'react-aria-components/Virtualizer';
import { create } from 'zustand';
import type { FolderEntry } from '../../../app/contract/types.ts';
import { useAnswer } from '../../state/answer.ts';
import { useClient } from '../../state/client.ts';
import { Empty } from '../../ui/bits.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { formatCount, plural } from '../../ui/format.ts';
import { ICON_SMALL } from '../../ui/icons.tsx';
import { Name, Size } from '../../ui/values.tsx';
import css from './browse.module.css';
import { openPaths } from './open.ts';

/** Where the dialog was last: who opens again looks for something near. */
const useLast = create<{ folder: string | null }>()(() => ({ folder: null }));

/** The page's own open dialog, where the system's is not to be had: the host's folders, one at a time. */
export function Browse({ what, onClose }: { what: 'files' | 'folder'; onClose: () => void }) {
  const client = useClient();
  const folder = useLast((state) => state.folder);
  const [typed, setTyped] = useState<string | null>(null);
  const [filter, setFilter] = useState('');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const answer = useAnswer('folder', folder ?? '', (signal) => client.call('files.list', { folder }, signal));
  const listing = answer.value;
  const entries = useMemo(() => shownEntries(listing?.entries ?? [], what, filter), [listing, what, filter]);
  // a host that serves one folder begins in it
  const only = folder === null && listing?.entries.length === 1 ? listing.entries[0] : undefined;
  useEffect(() => {
    if (only) useLast.setState({ folder: only.path });
  }, [only]);

  const go = (next: string | null): void => {
    useLast.setState({ folder: next });
    setTyped(null);
    setFilter('');
    setChosen(new Set());
  };
  const paths = entries.filter(({ path }) => chosen.has(path));
  const files = paths.filter(({ kind }) => kind === 'file').map(({ path }) => path);
  const folders = paths.filter(({ kind }) => kind === 'folder').map(({ path }) => path);
  const picked = what === 'files' ? files : folders.length > 0 ? folders : folder === null ? [] : [folder];
  const open = async (list: string[]): Promise<void> => {
    if (await openPaths(client, list)) onClose();
  };
  const act = (entry: FolderEntry | undefined): void => {
    if (entry?.kind === 'folder') go(entry.path);
    else if (entry) void open(files.length > 0 ? files : [entry.path]);
  };
  const onTyped = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || typed === null) return;
    event.preventDefault();
    go(typed.trim() === '' ? null : typed.trim());
  };
  const label =
    what === 'files'
      ? files.length > 1
        ? `Open ${formatCount(files.length)} files`
        : 'Open'
      : folders.length > 1
        ? `Open ${formatCount(folders.length)} folders`
        : folders.length === 1
          ? `Open “${paths[0]?.name ?? ''}”`
          : 'Open this folder';

  return (
    <Dialog
      title={what === 'files' ? 'Open files' : 'Open a folder'}
      onClose={onClose}
      width={760}
      bare
      foot={
        <>
          <span className="small dim">
            {what === 'files'
              ? 'Any file can be opened; what looks like a disk image has a drive before it.'
              : 'Everything in the folder and below it is read.'}
          </span>
          <span className="grow" />
          <Button onPress={onClose}>Cancel</Button>
          <Button variant="primary" isDisabled={picked.length === 0} onPress={() => void open(picked)}>
            {label}
          </Button>
        </>
      }
    >
      <div className={css.body}>
        <div className={css.path}>
          <IconButton
            label="Folder above"
            variant="plain"
            small={false}
            isDisabled={!listing || (listing.parent === null && listing.folder === null)}
            onPress={() => go(listing?.parent ?? null)}
          >
            <ArrowUp size={ICON_SMALL} />
          </IconButton>
          <TextField
            label="Folder"
            mono
            placeholder="Path of a folder; Enter goes there"
            value={typed ?? (answer.state === 'failed' ? folder : listing?.folder) ?? ''}
            invalid={answer.state === 'failed'}
            onChange={setTyped}
            onKeyDown={onTyped}
          />
          <TextField label="Filter" placeholder="Filter" value={filter} onChange={setFilter} />
        </div>
        {answer.state === 'failed' ? (
          <Empty title="The folder cannot be listed">
            {answer.error.message} {answer.error.place.hint}
          </Empty>
        ) : entries.length === 0 && answer.state === 'ready' ? (
          <Empty title={filter === '' ? 'Nothing is in this folder' : 'Nothing fits the filter'}>
            {what === 'folder' && filter === '' ? 'It holds no other folders; it can be opened itself.' : null}
          </Empty>
        ) : (
          <Virtualizer layout={ListLayout} layoutOptions={{ rowSize: 26 }}>
            <ListBox
              aria-label={listing?.folder ?? 'Folders'}
              className={css.list ?? ''}
              items={entries}
              dependencies={[what]}
              selectionMode={what === 'files' ? 'multiple' : 'single'}
              selectionBehavior="replace"
              selectedKeys={chosen}
              onSelectionChange={(keys) =>
                setChosen(new Set(keys === 'all' ? entries.map(({ path }) => path) : [...keys].map(String)))
              }
              onAction={(key) => act(entries.find(({ path }) => path === key))}
            >
              {(entry) => (
                <ListBoxItem
                  id={entry.path}
                  textValue={entry.name}
                  className={classes(css.entry, entry.kind === 'file' && !entry.image && css.other)}
                >
                  <span className={css.icon}>
                    <EntryIcon entry={entry} />
                  </span>
                  <Name title={entry.path}>{entry.name}</Name>
                  {entry.size === null ? <span /> : <Size bytes={entry.size} className="num faint small" />}
                </ListBoxItem>
              )}
            </ListBox>
          </Virtualizer>
        )}
      </div>
      <p className="visually-hidden" role="status">
        {plural(entries.length, 'entry', 'entries')}
      </p>
    </Dialog>
  );
}

function EntryIcon({ entry }: { entry: FolderEntry }) {
  if (entry.kind === 'folder') return <Folder size={ICON_SMALL} aria-hidden="true" />;
  if (entry.image) return <HardDrive size={ICON_SMALL} aria-hidden="true" />;
  return <File size={ICON_SMALL} aria-hidden="true" />;
}

/** Entries of use for what is asked, by a text in their names; hidden ones last. */
function shownEntries(entries: readonly FolderEntry[], what: 'files' | 'folder', filter: string): FolderEntry[] {
  const needle = filter.trim().toLowerCase();
  const found = entries.filter(
    ({ name, kind }) => (what === 'files' || kind === 'folder') && name.toLowerCase().includes(needle),
  );
  // what the system hides is rarely looked for
  const isHidden = ({ name }: FolderEntry): boolean => name.startsWith('.');
  return [...found.filter((entry) => !isHidden(entry)), ...found.filter(isHidden)];
}
