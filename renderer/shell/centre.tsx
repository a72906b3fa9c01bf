import { Copy, Ellipsis } from 'lucide-react';
import type { ChainRow } from '../../app/contract/types.ts';
import { ChainPicture } from '../features/chain-picture/chain-picture.tsx';
import { ImageMenu } from '../features/chains/image-menu.tsx';
import { FindingsTab } from '../features/findings/findings-tab.tsx';
import { LogTab } from '../features/log/log-tab.tsx';
import { useOperationCount } from '../features/log/use-operations.ts';
import { OverviewTab } from '../features/overview/overview-tab.tsx';
import { useHasVmfs } from '../features/vmfs/use-has-vmfs.ts';
import { useCase } from '../state/case.ts';
import { isDropped } from '../state/dropped.ts';
import { tell } from '../state/notices.ts';
import { type Tab, useView } from '../state/view.ts';
import { Empty } from '../ui/bits.tsx';
import { IconButton } from '../ui/button.tsx';
import { copyText } from '../ui/copy.ts';
import { ICON_SMALL } from '../ui/icons.tsx';
import { MenuButton } from '../ui/menu.tsx';
import { TabPanel, Tabs } from '../ui/tabs.tsx';
import { Name } from '../ui/values.tsx';
import css from './centre.module.css';
import { diskTab, hexTab, Later, structuresTab, vmfsTab } from './parts.tsx';

/** The middle of the window: the selected image and its tabs. */
export function Centre() {
  const selected = useView((state) => state.selected);
  const row = useCase((state) => (selected === null ? undefined : state.chains.byPath.get(selected)));
  const scanning = useCase((state) => state.opened?.scanning ?? null);
  if (!row)
    return scanning === null ? (
      <Empty title="No image is here">
        What was opened holds no disk image. Platter looks for VHDs by their content, and for other images by their
        name.
      </Empty>
    ) : null;
  return (
    <>
      <ImageHead row={row} />
      <ImageTabs row={row} />
    </>
  );
}

function ImageHead({ row }: { row: ChainRow }) {
  const folder = row.path.slice(0, Math.max(0, row.path.length - row.name.length));
  const words = [row.role, row.hidden ? 'hidden' : null, isDropped(row.path) ? 'dropped' : 'evidence'];
  const copy = async (): Promise<void> => {
    if (await copyText(row.name)) tell('The name is copied.');
  };
  return (
    <div className={css.head}>
      <div className="grow">
        <h2 className="row">
          <Name className={css.name ?? ''}>{row.name}</Name>
          <IconButton label="Copy name" onPress={() => void copy()}>
            <Copy size={ICON_SMALL} />
          </IconButton>
        </h2>
        <div className={`row ${css.path ?? ''}`}>
          <span className="nowrap">{words.filter(Boolean).join(' · ')} ·</span>
          {isDropped(row.path) ? <span>read in this window only</span> : <Name>{folder}</Name>}
        </div>
      </div>
      <MenuButton
        label="Image"
        trigger={
          <IconButton label="What can be done with this image" variant="plain" small={false}>
            <Ellipsis size={ICON_SMALL} />
          </IconButton>
        }
      >
        <ImageMenu row={row} />
      </MenuButton>
    </div>
  );
}

function ImageTabs({ row }: { row: ChainRow }) {
  const tab = useView((state) => state.tab);
  const setTab = useView((state) => state.setTab);
  const { path } = row;
  const Structures = structuresTab;
  const Disk = diskTab;
  const Vmfs = vmfsTab;
  const Hex = hexTab;
  const vmfs = useHasVmfs(path);
  const count = row.errors + row.warnings;
  const operations = useOperationCount(path);
  const tabs: { id: Tab; title: string; count?: number | undefined }[] = [
    { id: 'overview', title: 'Overview' },
    { id: 'structures', title: 'Structures' },
    ...(isDropped(path) ? [] : [{ id: 'disk' as const, title: 'Disk' }]),
    ...(vmfs ? [{ id: 'vmfs' as const, title: 'VMFS' }] : []),
    { id: 'hex', title: 'Hex' },
    { id: 'chain', title: 'Chain' },
    { id: 'findings', title: 'Findings', count: count > 0 ? count : undefined },
    { id: 'log', title: 'Log', count: operations > 0 ? operations : undefined },
  ];
  const shown = tabs.some(({ id }) => id === tab) ? tab : 'overview';
  return (
    <Tabs label="Views of the image" selected={shown} onSelect={setTab} tabs={tabs}>
      <TabPanel id="overview">
        <OverviewTab path={path} />
      </TabPanel>
      <TabPanel id="structures">
        <Later key={path}>
          <Structures path={path} />
        </Later>
      </TabPanel>
      {isDropped(path) ? null : (
        <TabPanel id="disk">
          <Later key={path}>
            <Disk path={path} />
          </Later>
        </TabPanel>
      )}
      {vmfs ? (
        <TabPanel id="vmfs">
          <Later key={path}>
            <Vmfs path={path} />
          </Later>
        </TabPanel>
      ) : null}
      <TabPanel id="hex">
        <Later key={path}>
          <Hex path={path} />
        </Later>
      </TabPanel>
      <TabPanel id="chain">
        <ChainPicture />
      </TabPanel>
      <TabPanel id="findings">
        <FindingsTab path={path} />
      </TabPanel>
      <TabPanel id="log">
        <LogTab key={path} path={path} />
      </TabPanel>
    </Tabs>
  );
}
