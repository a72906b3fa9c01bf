import type { SortingState } from '@tanstack/react-table';
import { create } from 'zustand';

interface ChainsState {
  filter: string;
  filterOpen: boolean;
  sorting: SortingState;
  /** Branches that were closed. */
  collapsed: ReadonlySet<string>;
  /** Images that are selected together; the one in the centre is always among them. */
  marked: ReadonlySet<string>;
  /** Row the keyboard is at; null: the selected one. */
  focus: string | null;
  /** Images that fit the filter. */
  found: number;
  /** Width of the table in pixels. */
  width: number;
  /** Where a selection over several rows began. */
  anchor: string | null;
}

export const BY_NAME: SortingState = [{ id: 'name', desc: false }];

export const useChains = create<ChainsState>()(() => ({
  filter: '',
  filterOpen: false,
  sorting: BY_NAME,
  collapsed: new Set(),
  marked: new Set(),
  focus: null,
  found: 0,
  width: 472,
  anchor: null,
}));

export function setCollapsed(ids: readonly string[], collapsed: boolean): void {
  useChains.setState((state) => {
    const next = new Set(state.collapsed);
    for (const id of ids) {
      if (collapsed) next.add(id);
      else next.delete(id);
    }
    return { collapsed: next };
  });
}

export function setFilterOpen(filterOpen: boolean): void {
  useChains.setState(filterOpen ? { filterOpen } : { filterOpen, filter: '' });
}
