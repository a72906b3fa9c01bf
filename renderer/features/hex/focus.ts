import { useDialogs } from '../../state/dialogs.ts';

/** Until a dialog that asked has gone, and has given the focus back; in milliseconds. */
const SETTLE = 80;
/** A busy page closes a dialog late; one that is open for longer was opened since. */
const TRIES = 20;

/**
 * Takes the keyboard to what was revealed, so that the next key moves there; unless it is in the tab already, as on the map whose
 * cell was chosen. Answers how to give it up.
 */
export function focusSoon(focus: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const attempt = (left: number): void => {
    timer = setTimeout(() => {
      if (document.activeElement?.closest('[role="tabpanel"]')) return;
      if (useDialogs.getState().open === null) focus();
      else if (left > 1) attempt(left - 1);
    }, SETTLE);
  };
  attempt(TRIES);
  return () => clearTimeout(timer);
}
