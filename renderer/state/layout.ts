import { useSyncExternalStore } from 'react';
import { create } from 'zustand';
import { setPrefs, usePrefs } from './prefs.ts';
import { type Tab, useView } from './view.ts';

/** Below this width only one side panel stands beside the centre. */
export const NARROW = 1180;

export type Side = 'chains' | 'inspector';

/** Tabs that show bytes need the inspector more than the chains. */
type Work = 'browse' | 'bytes';

interface NarrowStore {
  /** Which panel is open in a narrow window, by what is being done. */
  open: Record<Work, Side | null>;
}

const useNarrow = create<NarrowStore>()(() => ({ open: { browse: 'chains', bytes: 'inspector' } }));

function workOf(tab: Tab): Work {
  return tab === 'structures' || tab === 'disk' || tab === 'vmfs' || tab === 'hex' ? 'bytes' : 'browse';
}

const query = `(width < ${NARROW}px)`;

function isNarrow(): boolean {
  return window.matchMedia(query).matches;
}

function watchNarrow(changed: () => void): () => void {
  const list = window.matchMedia(query);
  list.addEventListener('change', changed);
  return () => list.removeEventListener('change', changed);
}

export interface Layout {
  narrow: boolean;
  chains: boolean;
  inspector: boolean;
  /** Bytes are shown: they need the width more than the columns of the chains do. */
  bytes: boolean;
}

/** Which panels are open now. */
export function useLayout(): Layout {
  const narrow = useSyncExternalStore(watchNarrow, isNarrow);
  const open = useNarrow((state) => state.open);
  const work = useView((state) => workOf(state.tab));
  const chains = usePrefs((state) => state.chainsOpen);
  const inspector = usePrefs((state) => state.inspectorOpen);
  const bytes = work === 'bytes';
  if (!narrow) return { narrow, chains, inspector, bytes };
  return { narrow, chains: open[work] === 'chains', inspector: open[work] === 'inspector', bytes };
}

/** Opens or closes a panel; in a narrow window the other one gives way. */
export function setPanel(side: Side, open: boolean | 'toggle'): void {
  if (isNarrow()) {
    const work = workOf(useView.getState().tab);
    useNarrow.setState((state) => {
      const is = state.open[work] === side;
      const wanted = open === 'toggle' ? !is : open;
      return wanted === is ? state : { open: { ...state.open, [work]: wanted ? side : null } };
    });
    return;
  }
  const key = side === 'chains' ? 'chainsOpen' : 'inspectorOpen';
  setPrefs({ [key]: open === 'toggle' ? !usePrefs.getState()[key] : open });
}
