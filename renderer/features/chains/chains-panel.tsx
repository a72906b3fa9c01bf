import { Ellipsis, ListFilter, X } from 'lucide-react';
import { useMemo } from 'react';
import { useCase } from '../../state/case.ts';
import { setPanel } from '../../state/layout.ts';
import { setPrefs, usePrefs } from '../../state/prefs.ts';
import { PanelHead } from '../../ui/bits.tsx';
import { IconButton, IconToggle } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { formatCount, plural } from '../../ui/format.ts';
import { ICON_SMALL } from '../../ui/icons.tsx';
import { MenuButton, MenuGroup, MenuItem, MenuSeparator } from '../../ui/menu.tsx';
import { ChainTable } from './chain-table.tsx';
import css from './chains.module.css';
import { columns, visibleColumns } from './columns.tsx';
import { setCollapsed, setFilterOpen, useChains } from './state.ts';
import { allNodes, buildTree, type ChainNode } from './tree.ts';

/** The left panel: every image as chain trees. */
export function ChainsPanel() {
  const opened = useCase((state) => state.opened);
  const { rows, problems } = useCase((state) => state.chains);
  const filterOpen = useChains((state) => state.filterOpen);
  const filtered = useChains((state) => state.filter.trim() !== '');
  const found = useChains((state) => state.found);
  const roots = useMemo(() => buildTree(rows, problems), [rows, problems]);
  const all = plural(rows.length, 'image');
  const caption = opened?.scanning ? `${all}, reading…` : filtered ? `${formatCount(found)} of ${all}` : all;
  return (
    <>
      <PanelHead title="Chains" caption={caption}>
        <IconToggle label="Filter" isSelected={filterOpen} onChange={setFilterOpen}>
          <ListFilter size={ICON_SMALL} />
        </IconToggle>
        <MenuButton
          label="Chains"
          trigger={
            <IconButton label="Columns and branches">
              <Ellipsis size={ICON_SMALL} />
            </IconButton>
          }
        >
          <ChainsMenu roots={roots} />
        </MenuButton>
      </PanelHead>
      {filterOpen ? <FilterBar /> : null}
      <ChainTable roots={roots} />
    </>
  );
}

function FilterBar() {
  const filter = useChains((state) => state.filter);
  return (
    <div className={css.filter}>
      <TextField
        label="Filter images"
        placeholder="Name, id, parent, finding"
        value={filter}
        autoFocus
        onChange={(text) => useChains.setState({ filter: text })}
        onKeyDown={(event) => {
          if (event.key === 'Escape') setFilterOpen(false);
        }}
      />
      <IconButton label="Close the filter" onPress={() => setFilterOpen(false)}>
        <X size={ICON_SMALL} />
      </IconButton>
    </div>
  );
}

function ChainsMenu({ roots }: { roots: readonly ChainNode[] }) {
  const chosen = usePrefs((state) => state.columns);
  const width = useChains((state) => state.width);
  const shown = visibleColumns(width, chosen);
  const branches = (): string[] =>
    [...allNodes(roots)].flatMap(({ id, children }) => (children.length > 0 ? [id] : []));
  return (
    <>
      <MenuItem onAction={() => setCollapsed(branches(), false)}>Open all branches</MenuItem>
      <MenuItem onAction={() => setCollapsed(branches(), true)}>Close all branches</MenuItem>
      <MenuSeparator />
      <MenuGroup caption="Columns">
        {columns.map(({ id = '', meta }) =>
          id === 'name' ? null : (
            <MenuItem
              key={id}
              checked={shown[id] === true}
              onAction={() => setPrefs({ columns: { ...chosen, [id]: shown[id] !== true } })}
            >
              {meta?.title ?? id}
            </MenuItem>
          ),
        )}
      </MenuGroup>
      <MenuItem
        onAction={() => setPrefs({ columns: {} })}
        {...(Object.keys(chosen).length === 0 ? { why: 'as they are' } : {})}
      >
        Columns as they were
      </MenuItem>
      <MenuSeparator />
      <MenuItem onAction={() => setPanel('chains', false)}>Hide the chains</MenuItem>
    </>
  );
}
