import type { ErrorData } from '../../../core/errors.ts';
import { openDialog } from '../../state/dialogs.ts';
import { Button } from '../../ui/button.tsx';
import { ErrorBanner } from '../repair/messages.tsx';
import { openRepair } from '../repair/open.ts';

const PARENT_CODES: ReadonlySet<string> = new Set([
  'parent-missing',
  'parent-id-mismatch',
  'parent-unusable',
  'chain-cycle',
]);

/** Why nothing can be planned at all, and the way out that the window has. */
export function CannotFold({ path, error, onAgain }: { path: string; error: ErrorData; onAgain: () => void }) {
  return (
    <ErrorBanner
      title="It cannot be planned"
      error={error}
      actions={
        <>
          {PARENT_CODES.has(error.code) ? (
            <Button onPress={() => openDialog({ kind: 'relink', path })}>Relink…</Button>
          ) : null}
          {error.code === 'data-damaged' ? (
            <Button onPress={() => openRepair(error.path ?? path)}>Repair…</Button>
          ) : null}
          <Button onPress={onAgain}>Try again</Button>
        </>
      }
    />
  );
}
