import { useDialogs } from '../../state/dialogs.ts';

/** Until a dialog that asked has gone, and has given the focus back; in milliseconds. */
const SETTLE = 80;

/**
 * Takes the keyboard to what was revealed, so that the next key moves there; unless it is in the tab already, as on the map whose
 * cell was chosen. Answers how to give it up.
 */
export function focusSoon(focus: () => void): () => void {
  const timer = setTimeout(() => {
    if (useDialogs.getState().open !== null || document.activeElement?.closest('[role="tabpanel"]')) return;
    focus();
  }, SETTLE);
  return () => clearTimeout(timer);
}
