import { Copy, CornerLeftUp, FileDigit, Link2, ListChecks, Network, Search, Upload, Wrench } from 'lucide-react';
import type { ChainRow } from '../../../app/contract/types.ts';
import { useCase } from '../../state/case.ts';
import { useClient } from '../../state/client.ts';
import { openDialog } from '../../state/dialogs.ts';
import { isDropped } from '../../state/dropped.ts';
import { tell } from '../../state/notices.ts';
import { useView } from '../../state/view.ts';
import { copyText } from '../../ui/copy.ts';
import { formatCount } from '../../ui/format.ts';
import { ICON_SMALL } from '../../ui/icons.tsx';
import { MenuItem, MenuSeparator } from '../../ui/menu.tsx';
import { checkImages } from '../findings/check.ts';
import { openRepair } from '../repair/open.ts';
import { whyNotRepair } from '../repair/repairable.ts';
import { whyNot } from '../wizard/open.ts';
import { useChains } from './state.ts';
import { chainOf } from './tree.ts';

async function copy(text: string, what: string): Promise<void> {
  if (await copyText(text)) tell(`${what} copied.`);
}

/** What can be done with an image, or with all that are selected when it is one of several. */
export function ImageMenu({ row }: { row: ChainRow }) {
  const client = useClient();
  const marked = useChains((state) => state.marked);
  const byPath = useCase((state) => state.chains.byPath);
  const setTab = useView((state) => state.setTab);
  const select = useView((state) => state.select);
  if (marked.size > 1 && marked.has(row.path)) return <ManyMenu paths={[...marked]} />;
  const { path, name, id, parent } = row;
  const show = (tab: 'structures' | 'hex'): void => {
    select(path);
    setTab(tab);
  };
  const chain = chainOf(byPath, path);
  const own = isDropped(path);
  return (
    <>
      <MenuItem
        icon={<Wrench size={ICON_SMALL} />}
        keys="R"
        why={whyNotRepair(row) ?? undefined}
        onAction={() => openRepair(path)}
      >
        Repair…
      </MenuItem>
      <MenuItem
        icon={<CornerLeftUp size={ICON_SMALL} />}
        why={whyNot('coalesce', row) ?? undefined}
        onAction={() => openDialog({ kind: 'coalesce', path })}
      >
        Coalesce into parent…
      </MenuItem>
      <MenuItem
        icon={<Upload size={ICON_SMALL} />}
        why={whyNot('export', row) ?? undefined}
        onAction={() => openDialog({ kind: 'export', path })}
      >
        Export the disk…
      </MenuItem>
      <MenuItem
        icon={<Link2 size={ICON_SMALL} />}
        why={whyNot('relink', row) ?? undefined}
        onAction={() => openDialog({ kind: 'relink', path })}
      >
        Relink to its parent…
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon={<Search size={ICON_SMALL} />} onAction={() => show('structures')}>
        Show its structures
      </MenuItem>
      <MenuItem icon={<FileDigit size={ICON_SMALL} />} onAction={() => show('hex')}>
        Show its bytes
      </MenuItem>
      <MenuSeparator />
      {own ? null : (
        <>
          <MenuItem icon={<ListChecks size={ICON_SMALL} />} onAction={() => void checkImages(client, [path], false)}>
            Check
          </MenuItem>
          <MenuItem icon={<ListChecks size={ICON_SMALL} />} onAction={() => void checkImages(client, [path], true)}>
            Check deep
          </MenuItem>
          <MenuItem onAction={() => openDialog({ kind: 'hash', path })} icon={<FileDigit size={ICON_SMALL} />}>
            Hash the file…
          </MenuItem>
          <MenuSeparator />
        </>
      )}
      <MenuItem
        icon={<Network size={ICON_SMALL} />}
        why={chain.length > 1 ? undefined : 'it is alone'}
        onAction={() => useChains.setState({ marked: new Set(chain) })}
      >
        Select the chain
      </MenuItem>
      <MenuItem why={parent === null ? 'it has none here' : undefined} onAction={() => select(parent)} icon={null}>
        Go to its parent
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon={<Copy size={ICON_SMALL} />} onAction={() => void copy(path, 'The path is')}>
        Copy path
      </MenuItem>
      <MenuItem icon={null} onAction={() => void copy(name, 'The name is')}>
        Copy name
      </MenuItem>
      {id === null ? null : (
        <MenuItem icon={null} onAction={() => void copy(id, 'The unique id is')}>
          Copy unique id
        </MenuItem>
      )}
    </>
  );
}

function ManyMenu({ paths }: { paths: string[] }) {
  const client = useClient();
  const real = paths.filter((path) => !isDropped(path));
  const count = formatCount(paths.length);
  return (
    <>
      <MenuItem icon={<ListChecks size={ICON_SMALL} />} onAction={() => void checkImages(client, real, false)}>
        {`Check ${count} images`}
      </MenuItem>
      <MenuItem icon={<ListChecks size={ICON_SMALL} />} onAction={() => void checkImages(client, real, true)}>
        {`Check ${count} images deep`}
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon={<Copy size={ICON_SMALL} />} onAction={() => void copy(paths.join('\n'), `${count} paths are`)}>
        {`Copy ${count} paths`}
      </MenuItem>
    </>
  );
}
