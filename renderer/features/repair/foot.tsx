import { Info } from 'lucide-react';
import { type Dispatch, useEffect, useRef } from 'react';
import { keyText } from '../../shell/keys.ts';
import { useClient } from '../../state/client.ts';
import { Button } from '../../ui/button.tsx';
import { HealthGlyph, ICON_SMALL } from '../../ui/icons.tsx';
import css from './repair.module.css';
import { type RepairEvent, type RepairState, wroteNothing } from './wizard.ts';

/** Runs `press` at Ctrl Enter, as the primary button says. */
export function usePrimaryKey(press: () => void): void {
  const latest = useRef(press);
  useEffect(() => {
    latest.current = press;
  });
  useEffect(() => {
    const key = (event: KeyboardEvent): void => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.defaultPrevented || event.repeat) return;
      // before the button that has the focus takes it for a press
      event.preventDefault();
      event.stopPropagation();
      latest.current();
    };
    window.addEventListener('keydown', key, true);
    return () => window.removeEventListener('keydown', key, true);
  }, []);
}

/** The key of the primary button, as it stands on the keyboard. */
export function PrimaryKey() {
  return <kbd>{keyText('Mod+Enter')}</kbd>;
}

/** What has been written so far; nothing, until it is not so. Asked to close while bytes are written, it asks back. */
export function FootNote({
  state,
  dispatch,
  onClose,
}: {
  state: RepairState;
  dispatch: Dispatch<RepairEvent>;
  onClose: () => void;
}) {
  if (state.asksToClose)
    return (
      <span className={css.footNote} role="alert">
        <HealthGlyph health="warning" label={null} />
        It is being written. The write goes on when this is closed.
        <Button small onPress={() => dispatch({ type: 'ask-to-close', asks: false })}>
          Stay
        </Button>
        <Button small onPress={onClose}>
          Close all the same
        </Button>
      </span>
    );
  return (
    <span className={css.footNote}>
      {state.writing.state === 'done' && state.undoing.state !== 'done' ? (
        <HealthGlyph health="ok" label={null} />
      ) : (
        <Info className="in" size={ICON_SMALL} aria-hidden="true" />
      )}
      {sentence(state)}
    </span>
  );
}

function sentence({ writing, undoing, kind }: RepairState): string {
  switch (writing.state) {
    case 'none':
      return 'Nothing has been written yet.';
    case 'running':
      return kind === 'copy' ? 'The working copy is being written.' : 'The image is being written.';
    case 'failed':
      return wroteNothing(writing.error) ? 'Nothing has been written.' : 'The write was not finished.';
    case 'done':
      if (undoing.state === 'running') return 'It is being taken back.';
      if (undoing.state === 'done') return 'Everything is as it was.';
      return writing.result.output === null ? 'The image is written and checked.' : 'The copy is written and checked.';
  }
}

/** A copy may be given up while it is made: it is taken away again. What changes the image itself is finished. */
export function CancelCopy({ state: { kind, writing } }: { state: RepairState }) {
  const client = useClient();
  if (kind !== 'copy' || writing.state !== 'running' || writing.job === null) return null;
  const { job } = writing;
  return <Button onPress={() => void client.call('jobs.cancel', { job }).catch(() => undefined)}>Cancel</Button>;
}
