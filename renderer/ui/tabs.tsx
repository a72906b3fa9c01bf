import type { ReactNode } from 'react';
import { Tab as AriaTab, TabPanel as AriaTabPanel, Tabs as AriaTabs, TabList } from 'react-aria-components/Tabs';
import css from './tabs.module.css';

/** Words, a line under the current one; a count only where it means something. */
export function Tabs<T extends string>({
  label,
  selected,
  onSelect,
  tabs,
  children,
}: {
  label: string;
  selected: T;
  onSelect: (tab: T) => void;
  tabs: readonly { id: T; title: string; count?: number | undefined }[];
  children: ReactNode;
}) {
  return (
    <AriaTabs
      className={css.root ?? ''}
      selectedKey={selected}
      onSelectionChange={(key) => {
        const tab = tabs.find(({ id }) => id === key);
        if (tab) onSelect(tab.id);
      }}
    >
      <TabList aria-label={label} className={css.tabs ?? ''}>
        {tabs.map(({ id, title, count }) => (
          <AriaTab key={id} id={id} className={css.tab ?? ''}>
            <span data-text={title}>{title}</span>
            {count === undefined ? null : <small className={css.count}>{count}</small>}
          </AriaTab>
        ))}
      </TabList>
      {children}
    </AriaTabs>
  );
}

/** What a tab shows; only the current one's is there. */
export function TabPanel({ id, children }: { id: string; children: ReactNode }) {
  return (
    <AriaTabPanel id={id} className={css.panel ?? ''}>
      {children}
    </AriaTabPanel>
  );
}
