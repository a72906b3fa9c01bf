import { useState } from 'react';
import type { OperationRow } from '../../../app/contract/types.ts';
import { useClient } from '../../state/client.ts';
import { isDropped } from '../../state/dropped.ts';
import { Empty } from '../../ui/bits.tsx';
import { Button, Segments } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { saveText } from '../findings/export.ts';
import { undoOperation } from '../repair/done.ts';
import css from './log.module.css';
import { LogTable } from './log-table.tsx';
import { logCaption, logCsv, logJson, undoQuestion } from './rows.ts';
import { useOperations } from './use-operations.ts';

/** What was done to this image, or to all: who, when, which bytes, and the way back. */
export function LogTab({ path }: { path: string }) {
  const [scope, setScope] = useState<'image' | 'all'>('image');
  const [undoing, setUndoing] = useState<OperationRow | null>(null);
  const dropped = isDropped(path);
  const answer = useOperations(scope === 'all' || dropped ? null : path);
  const rows = answer.value ?? [];
  return (
    <div className={css.tab}>
      <div className={css.bar}>
        <Segments
          label="Operations of"
          value={dropped ? 'all' : scope}
          options={[
            ...(dropped ? [] : [{ id: 'image' as const, label: 'This image' }]),
            { id: 'all' as const, label: 'All images' },
          ]}
          onChange={setScope}
        />
        <span className="faint small clip">{answer.value ? logCaption(rows) : ''}</span>
        <span className="grow" />
        <Button small isDisabled={rows.length === 0} onPress={() => saveText('log.csv', 'text/csv', logCsv(rows))}>
          CSV…
        </Button>
        <Button
          small
          isDisabled={rows.length === 0}
          onPress={() => saveText('log.json', 'application/json', logJson(rows))}
        >
          JSON…
        </Button>
      </div>
      {answer.state === 'failed' ? (
        <Empty title="The log could not be read">{answer.error.message}</Empty>
      ) : answer.value && rows.length === 0 ? (
        <Empty title="Nothing was done here">
          Looking at an image is not written down; changing one is: who did it, when, to which bytes, and how to take it
          back.
        </Empty>
      ) : (
        <LogTable rows={rows} all={scope === 'all' || dropped} onUndo={setUndoing} />
      )}
      {undoing ? <UndoDialog row={undoing} onClose={() => setUndoing(null)} /> : null}
    </div>
  );
}

/** Asks before an operation is taken back, and says what that does. */
function UndoDialog({ row, onClose }: { row: OperationRow; onClose: () => void }) {
  const client = useClient();
  const { title, text, button } = undoQuestion(row);
  return (
    <Dialog
      title={title}
      onClose={onClose}
      foot={
        <>
          <span className="grow" />
          <Button onPress={onClose}>Cancel</Button>
          <Button
            variant="primary"
            onPress={() => {
              onClose();
              void undoOperation(client, row.operation);
            }}
          >
            {button}
          </Button>
        </>
      }
    >
      <p className={css.question}>{text}</p>
    </Dialog>
  );
}
