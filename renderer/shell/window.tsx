import { Network, PanelRight } from 'lucide-react';
import type { CSSProperties, ReactNode } from 'react';
import { ChainsPanel } from '../features/chains/chains-panel.tsx';
import { LogWatch } from '../features/log/interrupted.tsx';
import { DropOverlay } from '../features/open/drop-overlay.tsx';
import { Welcome } from '../features/welcome/welcome.tsx';
import { isOpen, useCase } from '../state/case.ts';
import { setPanel, useLayout } from '../state/layout.ts';
import { setPrefs, usePrefs } from '../state/prefs.ts';
import { useView } from '../state/view.ts';
import { IconButton } from '../ui/button.tsx';
import { plural } from '../ui/format.ts';
import { ICON_SMALL } from '../ui/icons.tsx';
import { Splitter } from '../ui/splitter.tsx';
import { Tips } from '../ui/tips.tsx';
import { ActivityBar } from './activity-bar.tsx';
import { Centre } from './centre.tsx';
import { Dialogs } from './dialogs.tsx';
import { InspectorPanel } from './inspector-panel.tsx';
import { Notices } from './notices.tsx';
import { useShortcuts } from './shortcuts.ts';
import { TitleBar } from './title-bar.tsx';
import css from './window.module.css';

const CHAINS = { first: 472, bytes: 316, narrow: 430, min: 190, max: 900 };
const INSPECTOR = { first: 276, narrow: 240, min: 200, max: 560 };
/** The centre never gets narrower than this by dragging; with bytes, a row of them must fit in. */
const CENTRE = { browse: 380, bytes: 770 };

export function PlatterWindow() {
  const opened = useCase((state) => state.opened);
  useShortcuts();
  return (
    <div className={css.app}>
      <TitleBar />
      {opened === null ? (
        <main className={css.centre} aria-busy="true" />
      ) : isOpen(opened) ? (
        <Workspace />
      ) : (
        <Welcome />
      )}
      <ActivityBar>
        <Tips />
      </ActivityBar>
      <Dialogs />
      <Notices />
      <LogWatch />
      <DropOverlay />
    </div>
  );
}

function Workspace() {
  const { narrow, chains, inspector, bytes } = useLayout();
  const picture = useView((state) => state.tab === 'chain');
  const chainsWidth =
    usePrefs((state) => state.chainsWidth) ?? (narrow ? CHAINS.narrow : bytes || picture ? CHAINS.bytes : CHAINS.first);
  const inspectorWidth = usePrefs((state) => state.inspectorWidth) ?? (narrow ? INSPECTOR.narrow : INSPECTOR.first);
  // what was dragged in a wider window must leave room for the centre in this one
  const room = `100vw - ${(bytes ? CENTRE.bytes : CENTRE.browse) + (inspector ? inspectorWidth : 34)}px`;
  const widths = {
    '--chains': `clamp(${CHAINS.min}px, ${chainsWidth}px, ${room})`,
    '--inspector': `clamp(${INSPECTOR.min}px, ${inspectorWidth}px, 45vw)`,
  } as CSSProperties;
  return (
    <main className={css.work} style={widths}>
      {chains ? (
        <>
          <aside className={css.panel} aria-label="Chains" style={{ width: 'var(--chains)' }}>
            <ChainsPanel />
          </aside>
          <Splitter
            label="Width of the chains"
            side="left"
            value={chainsWidth}
            min={CHAINS.min}
            max={CHAINS.max}
            onChange={(value) => setPrefs({ chainsWidth: value })}
            onReset={() => setPrefs({ chainsWidth: null })}
          />
        </>
      ) : (
        <Rail side="chains" label="Show chains" icon={<Network size={ICON_SMALL} />}>
          <ChainsSummary />
        </Rail>
      )}
      <section className={css.centre} aria-label="Image">
        <Centre />
      </section>
      {inspector ? (
        <>
          <Splitter
            label="Width of the inspector"
            side="right"
            value={inspectorWidth}
            min={INSPECTOR.min}
            max={INSPECTOR.max}
            onChange={(value) => setPrefs({ inspectorWidth: value })}
            onReset={() => setPrefs({ inspectorWidth: null })}
          />
          <aside className={css.panel} aria-label="Inspector" style={{ width: 'var(--inspector)' }}>
            <InspectorPanel />
          </aside>
        </>
      ) : (
        <Rail side="inspector" label="Show inspector" icon={<PanelRight size={ICON_SMALL} />}>
          Inspector
        </Rail>
      )}
    </main>
  );
}

function Rail({
  side,
  label,
  icon,
  children,
}: {
  side: 'chains' | 'inspector';
  label: string;
  icon: ReactNode;
  children: ReactNode;
}) {
  return (
    <aside className={css.rail} aria-label={side === 'chains' ? 'Chains' : 'Inspector'}>
      <IconButton label={label} onPress={() => setPanel(side, true)}>
        {icon}
      </IconButton>
      <span className={css.upright}>{children}</span>
    </aside>
  );
}

function ChainsSummary() {
  const opened = useCase((state) => state.opened);
  if (!opened) return null;
  const errors = opened.errors > 0 ? `, ${plural(opened.errors, 'error')}` : '';
  return `Chains · ${plural(opened.images, 'image')}${errors}`;
}
