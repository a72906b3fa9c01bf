import { create } from 'zustand';
import type { Finding } from '../../core/findings/finding.ts';
import type { DecodedField } from '../../core/structure/structure.ts';

export type Tab = 'overview' | 'structures' | 'disk' | 'vmfs' | 'hex' | 'chain' | 'findings' | 'log';

/** Offsets of a file, or of the guest's disk of the chain that ends in it. */
export type Space = 'file' | 'guest';

/** What the inspector explains. */
export type Subject =
  | { kind: 'image'; path: string }
  /** `space`: what its offset counts, the file's bytes unless said. */
  | { kind: 'finding'; path: string; finding: Finding; space?: Space }
  /** A field of a structure of the image; `at` is its file offset. */
  | { kind: 'field'; path: string; structure: string; structureAt: number; field: DecodedField; at: number }
  | { kind: 'block'; path: string; block: number }
  /** A partition of the disk, by its number. */
  | { kind: 'partition'; path: string; number: number }
  /** Bytes under the cursor of a hex view. */
  | { kind: 'bytes'; path: string; space: Space; at: number; length: number };

/** Asks a tab to show some place; `serial` makes each request a new one. */
export interface Reveal {
  serial: number;
  path: string;
  space: Space;
  at: number;
  length: number;
  /** Field to light up, as `checksum`; null for none. */
  field: string | null;
}

interface ViewState {
  /** Path of the image in the centre; null when none is. */
  selected: string | null;
  tab: Tab;
  subject: Subject | null;
  reveal: Reveal | null;
  /** Grows with each wish to search; the tab that shows bytes opens its search field when it does. */
  finds: number;
  select: (path: string | null) => void;
  setTab: (tab: Tab) => void;
  inspect: (subject: Subject | null) => void;
  /** Shows bytes: a structure's in Structures, others in Hex or Disk, as `tab` says. */
  show: (tab: Tab, reveal: Omit<Reveal, 'serial'>) => void;
  /** Searches the bytes of what is shown: goes to a tab with bytes, if none is. */
  find: () => void;
}

/** Wishes so far; one that was met is told from a new one by its number, whatever was selected in between. */
let wishes = 0;

/** What this window looks at. Nothing here is the host's business, and none of it outlives the window. */
export const useView = create<ViewState>()((set) => ({
  selected: null,
  tab: 'overview',
  subject: null,
  reveal: null,
  finds: 0,
  select(path) {
    set((state) =>
      state.selected === path
        ? {}
        : { selected: path, subject: path === null ? null : { kind: 'image', path }, reveal: null },
    );
  },
  setTab(tab) {
    set({ tab });
  },
  inspect(subject) {
    set({ subject });
  },
  show(tab, reveal) {
    wishes += 1;
    set({ tab, selected: reveal.path, reveal: { ...reveal, serial: wishes } });
  },
  find() {
    set(({ tab, finds }) => ({ finds: finds + 1, tab: tab === 'disk' ? 'disk' : 'hex' }));
  },
}));
